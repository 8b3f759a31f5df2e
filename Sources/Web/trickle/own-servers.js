// The server of this page: which servers calls over it use, and what it says of itself.
import { connect, disconnect, givenToken } from '../app/server.js';

const answerMs = 10_000;

/**
 * The ICE servers that somebody in a call is given: over the socket, as calls are.
 * @returns {Promise<any[]>}
 */
export async function ownIceServers() {
  try {
    return await new Promise((resolve, reject) => {
      connect({
        onSession: (/** @type {any} */ { ice }) => resolve(ice?.iceServers ?? []),
        onReconnecting: () => reject(new Error('connection')),
        onReconnectFailed: () => reject(new Error('connection')),
        onError: reject,
      });
      setTimeout(() => reject(new Error('timeout')), answerMs);
    });
  } finally {
    disconnect();
  }
}

/**
 * What the server says of its relay, and how far its clock is ahead of ours.
 * @returns {Promise<{facts: import('./diagnosis.js').Facts | null, clockOffsetMs: number | null}>}
 */
export async function ownFacts() {
  try {
    const asked = Date.now();
    const response = await fetch('/apiv2/relay', { cache: 'no-store' });
    // The answer was written half-way between.
    const now = (asked + Date.now()) / 2;
    const date = Date.parse(response.headers.get('date') ?? '');
    const facts = response.ok ? await response.json() : null;
    // Both count whole seconds: the half of one is what they are late by.
    const server = (facts?.server_time_ms ?? date) + 500;
    return { facts, clockOffsetMs: Number.isFinite(server) ? Math.round(server - now) : null };
  } catch {
    return { facts: null, clockOffsetMs: null };
  }
}

/**
 * Hands a result to the operator.
 * @param {any} data
 * @returns {Promise<{id: number} | {failure: 'limit' | 'other'}>}
 */
export async function sendReport(data) {
  const token = givenToken();
  try {
    const response = await fetch('/apiv2/reports', {
      method: 'POST',
      headers: {
        'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(data),
    });
    if (response.ok) return { id: (await response.json()).report_id };
    return { failure: response.status === 429 ? 'limit' : 'other' };
  } catch {
    return { failure: 'other' };
  }
}
