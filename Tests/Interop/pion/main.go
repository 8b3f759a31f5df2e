// Two ways to use a relay with pion's TURN client: an echo by a plain peer, and a pair of clients
// that reach each other from relay to relay; each over any of four transports. And pion's own
// server, over one of them, for our clients.
//
//	pion HOST:PORT USER PASSWORD REALM echo|pair udp|tcp|tls|dtls [CERTIFICATE]
//	pion HOST:PORT USER PASSWORD REALM serve udp|tcp|tls [CERTIFICATE KEY]
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/pion/dtls/v2"
	"github.com/pion/turn/v2"
)

const packets = 200

var greeting = []byte("hello")

func main() {
	if len(os.Args) < 7 {
		fail(fmt.Errorf("usage: pion HOST:PORT USER PASSWORD REALM echo|pair TRANSPORT"))
	}
	var err error
	switch os.Args[5] {
	case "serve":
		err = serve()
	case "pair":
		err = pair()
	default:
		err = echo()
	}
	if err != nil {
		fail(err)
	}
	fmt.Printf("echoed %d packets\n", packets)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// serve relays until it is ended.
func serve() error {
	host, _, err := net.SplitHostPort(os.Args[1])
	if err != nil {
		return err
	}
	relay := &turn.RelayAddressGeneratorStatic{RelayAddress: net.ParseIP(host), Address: host}
	config := turn.ServerConfig{
		Realm: os.Args[4],
		AuthHandler: func(user string, realm string, _ net.Addr) ([]byte, bool) {
			return turn.GenerateAuthKey(user, realm, os.Args[3]), user == os.Args[2]
		},
	}
	if os.Args[6] == "udp" {
		socket, err := net.ListenPacket("udp4", os.Args[1])
		if err != nil {
			return err
		}
		config.PacketConnConfigs = []turn.PacketConnConfig{
			{PacketConn: socket, RelayAddressGenerator: relay}}
	} else {
		listener, err := net.Listen("tcp4", os.Args[1])
		if err != nil {
			return err
		}
		if os.Args[6] == "tls" {
			pair, err := tls.LoadX509KeyPair(os.Args[7], os.Args[8])
			if err != nil {
				return err
			}
			listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}})
		}
		config.ListenerConfigs = []turn.ListenerConfig{
			{Listener: listener, RelayAddressGenerator: relay}}
	}
	if _, err = turn.NewServer(config); err != nil {
		return err
	}
	select {}
}

// trusted holds the certificate of the server under test.
func trusted() (*x509.CertPool, error) {
	pem, err := os.ReadFile(os.Args[7])
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", os.Args[7])
	}
	return pool, nil
}

// open connects to the server; streams are cut into frames by pion's own wrapper.
func open() (net.PacketConn, error) {
	host, _, err := net.SplitHostPort(os.Args[1])
	if err != nil {
		return nil, err
	}
	switch os.Args[6] {
	case "udp":
		return net.ListenPacket("udp", net.JoinHostPort(host, "0"))
	case "tcp":
		connection, err := net.Dial("tcp", os.Args[1])
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(connection), nil
	}
	pool, err := trusted()
	if err != nil {
		return nil, err
	}
	if os.Args[6] == "tls" {
		connection, err := tls.Dial("tcp", os.Args[1], &tls.Config{RootCAs: pool})
		if err != nil {
			return nil, err
		}
		return turn.NewSTUNConn(connection), nil
	}
	address, err := net.ResolveUDPAddr("udp", os.Args[1])
	if err != nil {
		return nil, err
	}
	connection, err := dtls.Dial("udp", address, &dtls.Config{RootCAs: pool, ServerName: host})
	if err != nil {
		return nil, err
	}
	return datagrams{connection}, nil
}

// datagrams is a DTLS connection as pion's client wants it: each record is one datagram.
type datagrams struct{ net.Conn }

func (one datagrams) ReadFrom(buffer []byte) (int, net.Addr, error) {
	size, err := one.Read(buffer)
	return size, one.RemoteAddr(), err
}

func (one datagrams) WriteTo(payload []byte, _ net.Addr) (int, error) {
	return one.Write(payload)
}

// connect allocates a relay; the address that the server sees comes by a Binding request.
func connect() (net.PacketConn, func(), error) {
	socket, err := open()
	if err != nil {
		return nil, nil, err
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: os.Args[1],
		TURNServerAddr: os.Args[1],
		Conn:           socket,
		Username:       os.Args[2],
		Password:       os.Args[3],
		Realm:          os.Args[4],
	})
	if err != nil {
		return nil, nil, err
	}
	if err = client.Listen(); err != nil {
		return nil, nil, err
	}
	mapped, err := client.SendBindingRequest()
	if err != nil {
		return nil, nil, fmt.Errorf("binding: %w", err)
	}
	if mapped.String() != socket.LocalAddr().String() {
		return nil, nil, fmt.Errorf("mapped %s, but bound to %s", mapped, socket.LocalAddr())
	}
	relay, err := client.Allocate()
	if err != nil {
		return nil, nil, fmt.Errorf("allocate: %w", err)
	}
	end := func() {
		_ = relay.Close()
		client.Close()
		_ = socket.Close()
	}
	return relay, end, nil
}

// answer sends back what comes in until its socket is closed.
func answer(socket net.PacketConn) {
	buffer := make([]byte, 2048)
	for {
		size, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		if _, err = socket.WriteTo(buffer[:size], from); err != nil {
			return
		}
	}
}

// volley sends packets one by one and waits for each to come back. pion starts with Send
// indications and turns to ChannelData once its channel is bound. From streams it takes no frame
// of less than nine bytes before more follows, hence payloads of five and more.
func volley(relay net.PacketConn, to net.Addr) error {
	buffer := make([]byte, 2048)
	for number := 0; number < packets; number++ {
		payload := bytes.Repeat([]byte{byte(number)}, 5+number*6)
		if _, err := relay.WriteTo(payload, to); err != nil {
			return fmt.Errorf("packet %d: %w", number, err)
		}
		if err := relay.SetReadDeadline(time.Now().Add(3 * time.Second)); err != nil {
			return err
		}
		size, from, err := relay.ReadFrom(buffer)
		if err == nil && bytes.Equal(buffer[:size], greeting) {
			size, from, err = relay.ReadFrom(buffer)
		}
		if err != nil {
			return fmt.Errorf("packet %d: %w", number, err)
		}
		if from.String() != to.String() || !bytes.Equal(buffer[:size], payload) {
			return fmt.Errorf("packet %d came back changed, from %s", number, from)
		}
	}
	return nil
}

func echo() error {
	peer, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer peer.Close()
	go answer(peer)
	relay, end, err := connect()
	if err != nil {
		return err
	}
	defer end()
	return volley(relay, peer.LocalAddr())
}

func pair() error {
	one, endOne, err := connect()
	if err != nil {
		return err
	}
	defer endOne()
	two, endTwo, err := connect()
	if err != nil {
		return err
	}
	defer endTwo()
	// A first packet makes the permission that the answers need (RFC 8656 §9). It arrives when
	// the other's permission is quicker, and is lost when it is not.
	if _, err = two.WriteTo(greeting, one.LocalAddr()); err != nil {
		return err
	}
	go answer(two)
	return volley(one, two.LocalAddr())
}
