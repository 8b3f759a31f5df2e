// The first page: a call with a link, or a name to be rung by.
import { errorText } from './ending.js';
import { notice, part } from './page.js';
import { isDemo, needsToken, ownName, seats, setOwnName, setToken } from './server.js';
import { text } from './texts.js';

/**
 * @typedef {object} HomeActions
 * @property {(video: boolean) => void} startLink
 * @property {(to: string, video: boolean) => void} ring
 * @property {() => Promise<void>} signIn
 * @property {() => void} signOut
 * @property {(seat: import('../client/seat-tokens.js').Seat) => void} resume
 */

/** @param {HomeActions} actions */
export function wireHome(actions) {
  const isVideo = (/** @type {any} */ event) => event.submitter?.value !== 'voice';
  onSubmit('link-form', (event) => {
    takeToken();
    actions.startLink(isVideo(event));
  });
  onSubmit('token-form', takeToken);
  onSubmit('signin-form', async () => {
    setOwnName(part('name').value);
    try {
      await actions.signIn();
      showHome(true);
    } catch (error) {
      notice(errorText(error));
      showHome(false);
    }
  });
  onSubmit('ring-form', (event) => actions.ring(part('to').value.trim(), isVideo(event)));
  part('signout').addEventListener('click', () => {
    setOwnName('');
    actions.signOut();
    showHome(false);
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

function takeToken() {
  if (!part('token-form').hidden) setToken(part('token').value);
}

/** @param {boolean} isSignedIn Whether this page can be rung now. */
export function showHome(isSignedIn) {
  part('resume').hidden = seats.all().length === 0;
  part('token-form').hidden = !needsToken();
  part('name').value = ownName();
  part('signin-form').hidden = !isDemo() || isSignedIn;
  part('ring-form').hidden = !isDemo() || !isSignedIn;
  part('ring-card').classList.toggle('off', !isDemo());
  part('ring-text').textContent = text(isDemo() ? 'home.ring.text' : 'home.ring.closed');
  part('signed-in').textContent = text('home.signedin', { name: ownName() });
}
