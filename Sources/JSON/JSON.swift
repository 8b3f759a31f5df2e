// JSON: text to values and back (RFC 8259), for frames and requests that strangers send.
//
// Why not the toolchain's Foundation: a frame is judged against bounds while it is read (depth,
// number of values), a field given twice is an error instead of a guess, and what is carried
// through untouched must not be rebuilt through a type. Foundation's decoder also takes several
// times as long, and a call is about a hundred frames.
