// Who may use this page: whoever has a token, and on a server in demo mode whoever has a name.
import { recall, remember } from './page.js';

const tokenKey = 'turnstone.token';
const nameKey = 'turnstone.name';

/**
 * Takes the token out of the link (`#token=..`). Browsers send that part to no server; here it
 * leaves the address at once and stays in the tab.
 * @returns {boolean} Whether there was one.
 */
export function takeTokenFromLink() {
  const fields = new URLSearchParams(location.hash.slice(1));
  const token = fields.get('token');
  if (!token) return false;
  setToken(token);
  fields.delete('token');
  const rest = String(fields);
  const place = location.pathname + location.search + (rest && `#${rest}`);
  history.replaceState(history.state, '', place);
  return true;
}

/** @param {string} token Nothing forgets the one that was there. */
export function setToken(token) {
  remember(tokenKey, token.trim() || null);
}

/** What an application has given; null where nobody has. */
export function givenToken() {
  return recall(tokenKey);
}

/** What a guest is called. */
export function ownName() {
  return recall(nameKey) ?? '';
}

/** @param {string} name */
export function setOwnName(name) {
  remember(nameKey, name.trim() || null);
}
