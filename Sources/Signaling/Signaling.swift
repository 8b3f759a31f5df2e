// Signaling: who calls whom, and what both must hear, as sans-IO state machines.
//
// Owns: the frames of the signaling protocol read and written (Wire), sessions that outlive their
// sockets (Sessions), one call as a value with every state and timer (Calls), what puts sessions
// and calls together (Switchboard), and where calls live between two frames (Store).
// Never: opens a socket, reads a clock, draws randomness, checks a signature, looks at media.
//
// A call belongs to the server: both clients ask, one referee answers. That is what removes the
// races which clients cannot settle among themselves (two offers at once, two devices that answer,
// an answer that meets a timeout): the first request that reaches the call wins, the other gets an
// error that says what happened.
//
//   Span of bytes -> ClientFrame -> Session -> Call.handle -> effects -> ServerMessage -> bytes
