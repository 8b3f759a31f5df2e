// Forwarding: the flow tables and the batch loop that turns received datagrams into datagrams to
// send. `TURN` decides who may relay what to whom and says so through install and remove calls;
// this room only follows those rules, packet by packet.
//
// It never makes a system call, reads a clock, allocates, retains, locks or throws while it
// processes a batch (`@_noLocks` on `Forwarder.forwardFromClients` and `forwardFromPeers`).
// Payload bytes are never copied: a datagram to send is a header in the header arena plus a range
// of the receive arena.
//
// RFC 8656 §11 (Send and Data), §12.5 to §12.7 (ChannelData), §9 (permissions).
