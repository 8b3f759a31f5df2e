// What may wait for a connection, and for how long (calls.md, rulings 5 and 6).

/**
 * @typedef {object} RequestPolicy
 * @property {boolean} isQueued Whether it may wait while there is no connection.
 * @property {boolean} survives Whether it still means something to a new session.
 * @property {number} [offlineMs] How long it waits at most.
 * @property {(older: any, newer: any) => boolean} [replaces] Whether a newer one makes an older
 *   one of the same call, which was not sent yet, superfluous.
 */

const forSession = { isQueued: true, survives: false };
const forEver = { isQueued: true, survives: true };
const online = { isQueued: false, survives: false };

/** @type {Record<string, RequestPolicy>} */
const policies = {
  'call:initiate': { isQueued: true, survives: true, offlineMs: 10_000 },
  'call:answer': forEver,
  'call:reject': forEver,
  'call:end': forEver,
  'call:leave': forEver,
  'app:message': forEver,
  'call:join': forSession,
  'call:ringing': forSession,
  'call:description': forSession,
  'call:connected': forSession,
  'call:ice-candidate': {
    ...forSession,
    replaces: (older, newer) => (older.gen ?? 0) < (newer.gen ?? 0),
  },
  'call:media': { ...forSession, replaces: () => true },
};

/** Actions that the server does once per call and device, whatever number they carry. */
const idempotent = new Set(['call:initiate', 'call:answer', 'call:reject', 'call:end']);

/**
 * @param {string} type
 * @returns {RequestPolicy}
 */
export function policyOf(type) {
  return policies[type] ?? online;
}

/** @param {string} type */
export function isIdempotent(type) {
  return idempotent.has(type);
}

/**
 * Whether a request for a call may go to a new session, which names the calls it knows.
 * @param {string} type
 * @param {string | undefined} callId
 * @param {Set<string>} known
 */
export function survivesSession(type, callId, known) {
  if (!policyOf(type).survives) return false;
  // The ends are always delivered, and a call that is being started is not known yet.
  if (type === 'call:end' || type === 'call:reject' || type === 'call:initiate') return true;
  return callId === undefined || known.has(callId);
}
