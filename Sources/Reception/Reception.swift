// Reception: how a client comes in, before anybody knows what it speaks. The PROXY header in front
// of a connection, the first bytes that tell STUN, TLS and HTTP apart, the ClientHello that is
// worth a session, the ConnectionBind that belongs to a certain worker, and how many connections
// one source may hold.
//
// Values and state; the sockets are the Appliance's. Nothing here is ever sniffed twice: a stream
// is classified once as it came, and once more on what TLS decrypted.
