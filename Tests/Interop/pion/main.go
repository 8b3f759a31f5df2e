// Two ways to use a relay with pion's TURN client: an echo by a plain peer, and a pair of clients
// that reach each other from relay to relay.
//
//	pion HOST:PORT USER PASSWORD REALM echo|pair
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/pion/turn/v2"
)

const packets = 200

var greeting = []byte("hello")

func main() {
	if len(os.Args) != 6 {
		fail(fmt.Errorf("usage: pion HOST:PORT USER PASSWORD REALM echo|pair"))
	}
	var err error
	if os.Args[5] == "pair" {
		err = pair()
	} else {
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

// connect allocates a relay; the address that the server sees comes by a Binding request.
func connect() (net.PacketConn, func(), error) {
	host, _, err := net.SplitHostPort(os.Args[1])
	if err != nil {
		return nil, nil, err
	}
	socket, err := net.ListenPacket("udp", net.JoinHostPort(host, "0"))
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
// indications and turns to ChannelData once its channel is bound.
func volley(relay net.PacketConn, to net.Addr) error {
	buffer := make([]byte, 2048)
	for number := 0; number < packets; number++ {
		payload := bytes.Repeat([]byte{byte(number)}, 1+number*6)
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
