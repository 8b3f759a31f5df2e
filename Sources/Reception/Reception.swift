// How a client comes in, before anybody knows what it speaks: the PROXY header in front of a
// connection, the first bytes that tell STUN, TLS and HTTP apart, and how many connections one
// source may hold. Values and state machines; the sockets are the Appliance's.
