// The first page: a call with a link, or a name to be rung by.
import { ownName, setOwnName, setToken } from './access.js';
import { errorText } from './ending.js';
import { notice, part } from './page.js';
import { isGuest, needsToken, seats, takesCalls } from './server.js';
import { text } from './texts.js';

/**
 * @typedef {object} HomeActions
 * @property {(video: boolean) => void} startLink
 * @property {(to: string, video: boolean) => void} ring
 * @property {() => Promise<string>} signIn Resolves to what the server calls us.
 * @property {() => void} signOut
 * @property {(seat: import('../client/seat-tokens.js').Seat) => void} resume
 */

/**
 * By which others can ring this page; null when they cannot.
 * @type {string | null}
 */
let signedInAs = null;

/** @param {HomeActions} actions */
export function wireHome(actions) {
  const isVideo = (/** @type {any} */ event) => event.submitter?.value !== 'voice';
  onSubmit('link-form', (event) => actions.startLink(isVideo(event)));
  onSubmit('ring-form', (event) => actions.ring(part('to').value.trim(), isVideo(event)));
  onSubmit('token-form', () => {
    setToken(part('token').value);
    part('token').value = '';
    signIn(actions);
  });
  onSubmit('signin-form', () => {
    setOwnName(part('name').value);
    signIn(actions);
  });
  part('signout').addEventListener('click', () => {
    setOwnName('');
    setToken('');
    signedInAs = null;
    actions.signOut();
    showHome();
  });
  part('resume-button').addEventListener('click', () => {
    const [seat] = seats.all();
    if (seat) actions.resume(seat);
  });
}

/** @param {string} id @param {(event: any) => void} action */
function onSubmit(id, action) {
  part(id).addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    action(event);
  });
}

/**
 * Makes this page one that rings when its name is called.
 * @param {HomeActions} actions
 */
export async function signIn(actions) {
  const isByName = isGuest();
  try {
    const userId = await actions.signIn();
    signedInAs = isByName ? ownName() : userId;
  } catch (error) {
    signedInAs = null;
    if (!isByName) setToken('');
    notice(errorText(error));
  }
  showHome();
  if (signedInAs !== null) part('to').focus();
  else part(isByName ? 'name' : 'token').focus();
}

export function showHome() {
  const isOpen = takesCalls() && !needsToken();
  part('closed').hidden = takesCalls();
  part('token-form').hidden = !needsToken();
  part('cards').hidden = !isOpen;
  part('resume').hidden = !isOpen || seats.all().length === 0;
  part('name').value = ownName();
  part('signin-form').hidden = !isGuest() || signedInAs !== null;
  part('ring-form').hidden = signedInAs === null;
  part('ring-text').hidden = signedInAs !== null;
  part('ring-text').textContent = text(isGuest() ? 'home.ring.text' : 'home.ring.token');
  part('signed-in').textContent = text('home.signedin', { name: signedInAs ?? '' });
}
