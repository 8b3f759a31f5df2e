// TURN: who may relay what to whom (RFC 8489, RFC 8656, RFC 6156).
//
// It owns allocations, permissions, channels, authentication, quotas, relay ports and the peer
// policy. It never opens a socket, reads a clock or draws randomness: datagrams, moments and
// entropy come in as arguments, `Action`s go out. It does not forward data; what may flow is told
// to `Forwarding` by install and remove actions.
