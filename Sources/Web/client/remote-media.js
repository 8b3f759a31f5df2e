// What is received: one stream that stays the same while its tracks come and go (S1-11).

/**
 * Puts a track into the stream, in the place of one of its kind.
 * @param {any} stream
 * @param {any} track
 * @returns {boolean} Whether the stream was empty before.
 */
export function takeRemoteTrack(stream, track) {
  const before = stream.getTracks();
  for (const old of before) {
    if (old.kind === track.kind && old !== track) stream.removeTrack(old);
  }
  if (!before.includes(track)) stream.addTrack(track);
  return before.length === 0;
}

/** @param {any} stream */
export function clearStream(stream) {
  for (const track of stream.getTracks()) stream.removeTrack(track);
}
