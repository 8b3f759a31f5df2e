// The call page: which screen is shown when.
import { CLOSE_UNAUTHORIZED } from '../client/close-codes.js';
import { isReloadedPage } from '../client/seat-tokens.js';
import { givenToken, ownName, takeTokenFromLink } from './access.js';
import {
  closeCall, nameOf, perform, playAgain, playRemote, showCall, shownCall, update,
} from './call-screen.js';
import { showEnded, wireEnded } from './ended.js';
import { endingText, errorText } from './ending.js';
import { showHome, signIn, wireHome } from './home.js';
import { hideIncoming, showIncoming, wireIncoming } from './incoming.js';
import { wireInvite } from './invite.js';
import { muteWhenOpen, openJoin, wireJoin } from './join.js';
import { announce, notice, part, showScreen } from './page.js';
import {
  connect, disconnect, isGuest, loadConfig, refreshToken, seats, takesCalls,
} from './server.js';
import { openSettings, wireSettings } from './settings.js';
import { loadTexts, switchLanguage, text, translate } from './texts.js';
import * as tones from './tones.js';

const listener = {
  onIncoming: showIncoming,
  onStateChange: (/** @type {any} */ call, /** @type {string} */ state) => {
    sound();
    if (state !== 'incoming_ringing') hideIncoming(call);
    if (['outgoing', 'connecting', 'connected'].includes(state)) openCall(call);
    if (state === 'connected') announce(text('state.connected'));
  },
  onRemoteStream: (/** @type {any} */ call) => {
    if (call === shownCall()) playRemote();
  },
  onChange: (/** @type {any} */ call) => {
    update(call);
    tellOnce(call);
    if (call === shownCall() && call.remoteStream.getTracks().length > 0) resumePlaying();
  },
  onReconnection: (/** @type {any} */ call) => update(call),
  onEnd: (/** @type {any} */ call, /** @type {any} */ ending) => ended(call, ending),
  onError: (/** @type {any} */ call, /** @type {any} */ error) => {
    // The connection tells of errors, too, with one value.
    if (error === undefined && call?.code) notice(errorText(call));
  },
  onState: (/** @type {string} */ state) => showLinkState(state),
  onQueue: (/** @type {number} */ count, /** @type {boolean} */ isConnected) => {
    part('queued').hidden = isConnected || count === 0;
    part('queued').textContent = text('state.queued', { n: count });
  },
  onReconnectFailed: (/** @type {number} */ code, /** @type {string} */ reason) => {
    notice(code === CLOSE_UNAUTHORIZED ? text('error.unauthorized')
      : text('error.stopped', { reason: reason || String(code) }));
  },
};

const told = new WeakSet();

/** @param {any} call */
function tellOnce(call) {
  if (!call.media.isCameraMissing || told.has(call)) return;
  told.add(call);
  notice(text('call.camera.missing'));
}

function resumePlaying() {
  if (part('remote-video').paused || part('remote-audio').paused) playRemote();
}

/** @param {string} state */
function showLinkState(state) {
  const pill = part('link-state');
  pill.hidden = ['connected', 'idle', 'closed', 'connecting'].includes(state);
  pill.textContent = text(state === 'reconnecting' ? 'state.reconnecting' : 'state.offline');
}

function sound() {
  const { calls } = connect(listener);
  const states = calls.calls.map((/** @type {any} */ call) => call.state);
  const isTalking = states.includes('connected') || states.includes('connecting');
  const isRinging = states.includes('incoming_ringing') && !isTalking;
  const isCalling = calls.calls.some((/** @type {any} */ call) => call.state === 'outgoing'
    && call.direction === 'outgoing');
  if (isRinging) tones.play('incoming');
  else if (isCalling && !isTalking) tones.play('outgoing');
  else tones.silence();
}

// In a call.

/** @param {any} call */
function openCall(call) {
  const isNew = shownCall() !== call;
  showCall(call);
  if (isNew) {
    showScreen('call');
  }
  showOthers();
}

function showOthers() {
  const { calls } = connect(listener);
  const others = calls.calls.filter((/** @type {any} */ call) => call !== shownCall()
    && call.state !== 'incoming_ringing');
  part('others').replaceChildren(...others.map((/** @type {any} */ call) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = text('call.other', { name: nameOf(call) });
    button.addEventListener('click', () => openCall(call));
    return button;
  }));
}

function wireCall() {
  for (const action of ['mute', 'camera', 'screen', 'hangup']) {
    part(action).addEventListener('click', () => act(action));
  }
  part('play').addEventListener('click', playAgain);
  part('remote-video').addEventListener('resize', () => {
    const call = shownCall();
    if (call) update(call);
  });
  part('settings-open').addEventListener('click', settings);
  part('quality').addEventListener('click', settings);
  wireInvite();
  document.addEventListener('keydown', (event) => {
    const action = { m: 'mute', v: 'camera', s: 'screen' }[event.key.toLowerCase()];
    const isTyping = /** @type {any} */ (event.target).closest('input, select, textarea, dialog');
    if (action && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) act(action);
  });
}

/** @param {string} action */
function act(action) {
  const call = shownCall();
  if (call) perform(action, call);
}

function settings() {
  const call = shownCall();
  if (call) openSettings(call);
}

/**
 * In a demo whoever is here may be called, so what may not be called is not here.
 * @param {any} ending
 */
function asSeen(ending) {
  const isAbsent = isGuest() && ending.reason === 'forbidden';
  return isAbsent ? { ...ending, reason: 'callee_offline' } : ending;
}

/** @param {any} call @param {any} said */
function ended(call, said) {
  const ending = asSeen(said);
  sound();
  hideIncoming(call);
  // It goes on under another name.
  if (ending.reason === 'glare') return;
  const name = nameOf(call);
  const words = endingText(ending, name);
  const isShown = shownCall() === call;
  if (!isShown && shownCall()) {
    notice(words);
    showOthers();
    return;
  }
  const { calls } = connect(listener);
  const other = calls.calls.find((/** @type {any} */ one) => one.state !== 'incoming_ringing');
  closeCall();
  if (part('settings').open) part('settings').close();
  if (other) {
    notice(words);
    openCall(other);
    return;
  }
  tones.play('ended');
  showEnded(call, ending, words, () => callAgain(call));
}

// Beginning.

/** @param {boolean} video @param {string} [id] */
function startLink(video, id) {
  const call = connect(listener).calls.joinRoom(id, video);
  history.pushState(null, '', `/call/${call.id}`);
  return call;
}

/** @param {string} to @param {boolean} video */
function ring(to, video) {
  connect(listener).calls.startOutgoing(to, video);
}

/** @param {import('../client/seat-tokens.js').Seat} seat */
function resume(seat) {
  connect(listener).calls.rejoin(seat.callId, seat);
}

/** @param {any} call */
function callAgain(call) {
  if (call.direction === 'outgoing') ring(call.peer.userId, call.wantsVideo);
  else startLink(call.wantsVideo);
}

/** Makes this page one that rings; resolves to what the server calls us. */
async function signInNow() {
  disconnect();
  const { signaling } = connect(listener, { isNameFixed: true });
  try {
    return await new Promise((resolve, reject) => {
      signaling.addListener({
        onSession: (/** @type {{userId: string}} */ { userId }) => resolve(userId),
        onError: reject,
        onReconnectFailed: reject,
      });
      setTimeout(() => reject(new Error('no session')), 15_000);
    });
  } catch (error) {
    disconnect();
    throw error;
  }
}

const actions = { startLink, ring, resume, signIn: signInNow, signOut: disconnect };

function goHome() {
  history.pushState(null, '', '/');
  showHome();
  showScreen('home');
}

/** The application has passed another token, in a link to this same page. */
function tokenChanged() {
  if (!takeTokenFromLink()) return;
  if (shownCall()) refreshToken(givenToken() ?? '').catch((error) => notice(errorText(error)));
  else location.reload();
}

function start() {
  const id = /^\/call\/([\w.~:@-]{1,64})$/.exec(location.pathname)?.[1] ?? null;
  const [seat] = seats.all();
  if (seat && isReloadedPage()) {
    resume(seat);
  } else if (id && takesCalls()) {
    openJoin();
    showScreen('join');
    wireJoin(({ video, isMuted }) => {
      const call = startLink(video, id);
      if (isMuted) muteWhenOpen(call, connect(listener).calls);
    });
  } else {
    showHome();
    showScreen('home');
    if (givenToken() || (isGuest() && ownName())) signIn(actions);
  }
}

async function main() {
  takeTokenFromLink();
  await loadTexts();
  translate(document);
  await loadConfig();
  wireHome(actions);
  wireIncoming();
  wireCall();
  wireEnded(goHome);
  wireSettings(shownCall);
  part('language').addEventListener('click', async () => {
    await switchLanguage();
    showHome();
  });
  globalThis.addEventListener('hashchange', tokenChanged);
  globalThis.addEventListener('popstate', () => {
    if (!shownCall()) location.reload();
  });
  start();
  // What is typed or clicked before would be lost.
  /** @type {HTMLElement} */ (document.querySelector('main')).inert = false;
}

main();
