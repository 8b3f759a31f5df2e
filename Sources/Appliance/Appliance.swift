// Appliance: threads, listeners, and the wiring of actions to effects. No RFC rule lives here.
//
// `Start` reads everything, opens what needs root, gives up root and starts threads. `Worker` is
// one relay thread: it reads datagrams through `LinuxIO`, gives data to `Forwarding` and STUN to
// `TURN`, and carries out what they decide. `ControlLoop` is the control thread: signals, reload,
// the admin socket, the log; it speaks with workers by mailboxes (`Crew`) and never touches their
// tables. `Door` lives on that thread too: it accepts streams, finds out who comes and what they
// speak, gives TURN clients to the workers, and drives HTTP and WebSockets for a `WebService`.
//
// What one thread tells another goes through bounded queues: `HandoverRing` for datagrams between
// workers, `Mailbox` for orders, `EventQueue` for the log.
