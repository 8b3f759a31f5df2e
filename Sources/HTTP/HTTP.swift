// HTTP: HTTP/1.1 and WebSocket as sans-IO state machines (RFC 9110, RFC 9112, RFC 6455).
//
// Owns: reading a request strictly and within bounds, the life of a connection (keep-alive, 100,
// deadlines, refusals, the switch to another protocol), writing a response, WebSockets (RFC 6455),
// answers from a table of resources, what pages of other origins may read. From the client's side
// the small part that the command line needs.
// Never: opens a socket, reads a clock, knows a route.
//
// Reading is strict because a lenient reader beside another lenient reader is how requests are
// smuggled (RFC 9112 §11.2): a bare LF or CR, a folded field, a space before a colon, a second or
// odd Content-Length, any Transfer-Encoding beside one, a chunk that is not exactly as long as it
// says, all end the connection.
//
//   Span of bytes -> HTTPServerStateMachine [ HTTPRequestParser ] -> actions
//     .upgraded -> WebSocketStateMachine [ WebSocketFrameReader, WebSocketFrameWriter ] -> actions
