// Where a call stands: one table, no time, no network (S1-1).

/**
 * @typedef {'idle' | 'outgoing' | 'incoming_ringing' | 'connecting' | 'connected' | 'ended'
 *   | 'failed'} CallState
 * @typedef {'start' | 'ring' | 'accept' | 'answered' | 'rejoin' | 'connected' | 'alone' | 'end'
 *   | 'fail'} CallEvent
 */

/** @type {Record<CallState, Partial<Record<CallEvent, CallState>>>} */
const table = {
  idle: {
    start: 'outgoing', ring: 'incoming_ringing', rejoin: 'connecting', end: 'ended', fail: 'failed',
  },
  // Somebody is rung, or a room waits for its second person.
  outgoing: { answered: 'connecting', end: 'ended', fail: 'failed' },
  incoming_ringing: { accept: 'connecting', end: 'ended', fail: 'failed' },
  connecting: { connected: 'connected', alone: 'outgoing', end: 'ended', fail: 'failed' },
  connected: { alone: 'outgoing', end: 'ended', fail: 'failed' },
  ended: {},
  failed: {},
};

/**
 * The state after an event; nil when the event means nothing there.
 * @param {CallState} state
 * @param {CallEvent} event
 * @returns {CallState | null}
 */
export function nextCallState(state, event) {
  return table[state][event] ?? null;
}

/** @param {CallState} state */
export function isOver(state) {
  return state === 'ended' || state === 'failed';
}

/** Reasons that are somebody's decision, or nobody's fault. */
const decided = new Set([
  'hangup', 'cancelled', 'rejected', 'declined', 'busy', 'no_answer', 'missed', 'callee_offline',
  'answered_elsewhere', 'rejected_elsewhere', 'taken_over', 'deleted', 'kicked', 'expired',
  'max_duration', 'glare',
]);

/**
 * Whether an end is a failure.
 * @param {string} reason
 * @returns {'end' | 'fail'}
 */
export function eventOfEnd(reason) {
  return decided.has(reason) ? 'end' : 'fail';
}

/**
 * @typedef {'connected' | 'reconnecting' | 'peer-disconnected' | 'failed'} ReconnectionState
 */

/**
 * How whole a call is, from what is known of both connections (S0-16).
 * @param {object} facts
 * @param {CallState} facts.state
 * @param {boolean} facts.isOnline Whether this side reaches the server.
 * @param {boolean} facts.peerDisconnected Whether the server has lost the other side.
 * @param {boolean} facts.wasConnected Whether media has flown.
 * @param {boolean} facts.isMediaUp Whether it flows now.
 * @returns {ReconnectionState}
 */
export function reconnectionOf({ state, isOnline, peerDisconnected, wasConnected, isMediaUp }) {
  if (state === 'failed') return 'failed';
  if (isOver(state) || state === 'idle') return 'connected';
  if (!isOnline) return 'reconnecting';
  if (peerDisconnected) return 'peer-disconnected';
  return wasConnected && !isMediaUp ? 'reconnecting' : 'connected';
}
