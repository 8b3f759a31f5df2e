// Primitives: the words every room uses: addresses, ranges of them, points in time.
//
// Plain values without I/O. Nothing here knows of STUN or TURN; what only one room needs stays
// in that room.
