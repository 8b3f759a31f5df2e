// The server of this page: what it allows, who we are to it, the connection and the calls.
import { callsOver, SeatTokens, sharedSignaling, socketAddress } from '../turnstone-client.js';
import { randomName } from '../client/clock.js';
import { recall, remember } from './page.js';

const deviceKey = 'turnstone.device';
const tokenKey = 'turnstone.token';
const nameKey = 'turnstone.name';

/** @type {{demo?: boolean, reports?: boolean}} */
let config = {};
/** @type {import('../client/signaling.js').Signaling | null} */
let signaling = null;
/** @type {import('../client/call-manager.js').CallManager | null} */
let calls = null;

export const seats = new SeatTokens();

/** Asks the server what it offers; one that does not say offers links only. */
export async function loadConfig() {
  try {
    const response = await fetch('/apiv2/config', { headers: { accept: 'application/json' } });
    if (response.ok) config = await response.json();
  } catch {
    config = {};
  }
  return config;
}

/** Whether nobody needs a token, and people may be rung by the name they choose. */
export function isDemo() {
  return config.demo === true;
}

/** Whether the server wants a token that only an application can give. */
export function needsToken() {
  return !isDemo() && !recall(tokenKey);
}

export function ownName() {
  return recall(nameKey) ?? '';
}

/** @param {string} name */
export function setOwnName(name) {
  remember(nameKey, name.trim() || null);
}

/** @param {string} token */
export function setToken(token) {
  remember(tokenKey, token.trim() || null);
}

/** One for each tab: it survives a reload, and two tabs are two devices. */
function deviceId() {
  const known = recall(deviceKey);
  if (known) return known;
  const made = randomName();
  remember(deviceKey, made);
  return made;
}

/** What an application has given; a demo asks for none. */
export function givenToken() {
  return isDemo() ? null : recall(tokenKey);
}

/** Whether the operator takes reports of connection tests. */
export function takesReports() {
  return config.reports === true;
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
 */
export function connect(listener, { isNameFixed = false } = {}) {
  if (signaling && calls && !signaling.callEnded) return { signaling, calls };
  signaling = sharedSignaling({
    url: socketAddress(), protocols: ['signal.v1'], token: givenToken, deviceId: deviceId(),
    name: ownName(), ...(!isNameFixed && { anotherName }),
    client: { name: 'turnstone-page', platform: navigator.platform },
  });
  calls = callsOver(signaling, { seats });
  signaling.addListener(listener);
  calls.addListener(listener);
  signaling.connect();
  return { signaling, calls };
}

/** Not to be rung any more. */
export function disconnect() {
  signaling?.close();
  signaling = null;
  calls = null;
}
