// Simulator: workers, clients behind NATs, and peers in one virtual world with a seeded, hostile
// network. It drives `TURN.Server` and `Forwarding.Forwarder` through their seams only and checks
// after every step what must always hold. Development only: no sockets, no clock, no threads.
