// The server of this page: what it allows, the connection to it, and the calls.
import { callsOver, SeatTokens, sharedSignaling, socketAddress } from '../turnstone-client.js';
import { randomName } from '../client/clock.js';
import { givenToken, ownName } from './access.js';
import { recall, remember } from './page.js';

export { givenToken, setToken } from './access.js';

const deviceKey = 'turnstone.device';

/**
 * Null where the server takes no calls.
 * @type {{demo?: boolean, reports?: boolean} | null}
 */
let config = null;
/** @type {import('../client/signaling.js').Signaling | null} */
let signaling = null;
/** @type {import('../client/call-manager.js').CallManager | null} */
let calls = null;

export const seats = new SeatTokens();

/** Asks the server what it offers; one without calls does not know the path. */
export async function loadConfig() {
  try {
    const response = await fetch('/apiv2/config', { headers: { accept: 'application/json' } });
    config = response.ok ? await response.json() : null;
  } catch {
    // It is away just now: whatever is tried says so itself.
    config = {};
  }
}

export function takesCalls() {
  return config !== null;
}

/** Whether people may be rung by a name that they choose themselves: a demo, and no token. */
export function isGuest() {
  return config?.demo === true && givenToken() === null;
}

/** Whether the server wants a token that only an application can give. */
export function needsToken() {
  return takesCalls() && config?.demo !== true && givenToken() === null;
}

/** Whether the operator takes reports of connection tests. */
export function takesReports() {
  return config?.reports === true;
}

/** One for each tab: it survives a reload, and two tabs are two devices. */
function deviceId() {
  const known = recall(deviceKey);
  if (known) return known;
  const made = randomName();
  remember(deviceKey, made);
  return made;
}

/** A token that has ended is not shown again; a page gets another one by a link. */
function tokenFor(/** @type {'connect' | 'expired' | 'expiring'} */ reason) {
  return reason === 'connect' ? givenToken() : null;
}

/** Somebody of that name is here already: a guest of a link is called a little differently. */
function anotherName(/** @type {string} */ name) {
  const [, base, number] = /^(.*?)(?: (\d+))?$/.exec(name) ?? [];
  return `${base} ${Number(number ?? 1) + 1}`;
}

/**
 * The connection and the calls of this page; made when they are first needed.
 * @param {any} listener For both.
 * @param {{isNameFixed?: boolean}} [how] Whether to be called by exactly that name.
 * @returns {{signaling: import('../client/signaling.js').Signaling,
 *   calls: import('../client/call-manager.js').CallManager}}
 */
export function connect(listener, { isNameFixed = false } = {}) {
  if (signaling && calls && !signaling.callEnded) return { signaling, calls };
  const made = sharedSignaling({
    url: socketAddress(), protocols: ['signal.v1'], token: tokenFor, deviceId: deviceId(),
    name: isGuest() ? ownName() : '', ...(!isNameFixed && { anotherName }),
    client: { name: 'turnstone-page', platform: navigator.platform },
  });
  const manager = callsOver(made, { seats });
  made.addListener(listener);
  manager.addListener(listener);
  made.connect();
  signaling = made;
  calls = manager;
  return { signaling: made, calls: manager };
}

/**
 * Shows a new token to the server in the middle of a session.
 * @param {string} token
 */
export async function refreshToken(token) {
  await signaling?.request('auth:refresh', { token });
}

/** Not to be rung any more. */
export function disconnect() {
  signaling?.close();
  signaling = null;
  calls = null;
}
