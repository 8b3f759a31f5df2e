// The server of this page: what it allows, who we are to it, the connection and the calls.
import { callsOver, SeatTokens, sharedSignaling, socketAddress } from '../turnstone-client.js';
import { randomName } from '../client/clock.js';
import { recall, remember } from './page.js';

const deviceKey = 'turnstone.device';
const tokenKey = 'turnstone.token';
const nameKey = 'turnstone.name';

/** @type {{demo?: boolean, anonymous?: boolean}} */
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

/** Whether people sign in with a name and may be rung by it. */
export function isDemo() {
  return config.demo === true;
}

/** Whether the server wants a token that only an application can give. */
export function needsToken() {
  return config.demo !== true && config.anonymous === false && !recall(tokenKey);
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

/**
 * A token for the connection: of the application, else one that the demo server gives for a name.
 * @returns {Promise<string | null>}
 */
async function token() {
  const given = recall(tokenKey);
  if (given || !isDemo()) return given;
  const response = await fetch('/apiv2/demo/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: ownName() || 'Guest', device_id: deviceId() }),
  });
  if (!response.ok) throw new Error(`demo token: ${response.status}`);
  return (await response.json()).token;
}

/**
 * A token for a request without the connection, like the upload of a report.
 * @returns {Promise<string | null>}
 */
export function requestToken() {
  return token();
}

/**
 * The connection and the calls of this page; made when they are first needed.
 * @param {any} listener For both.
 */
export function connect(listener) {
  if (signaling && calls && !signaling.callEnded) return { signaling, calls };
  signaling = sharedSignaling({
    url: socketAddress(), token, deviceId: deviceId(),
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
