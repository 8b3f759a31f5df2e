// The screen of a call: pictures, sound, buttons, and how it is going.
import { errorText } from './ending.js';
import { updateInvite } from './invite.js';
import { announce, duration, initials, notice, part } from './page.js';
import { showStatistics } from './settings.js';
import { label, text } from './texts.js';

const updateEvery = 1000;
const measureEvery = 2000;

/** @type {import('../client/call.js').Call | null} */
let shown = null;
let timers = /** @type {number[]} */ ([]);
/** @type {any} */
let wakeLock = null;

/** @param {import('../client/call.js').Call} call */
export function nameOf(call) {
  return call.peer.name || call.peer.userId || text('call.peer');
}

export function shownCall() {
  return shown;
}

/** @param {import('../client/call.js').Call} call */
export function showCall(call) {
  if (shown !== call) {
    closeCall();
    shown = call;
    bind(call);
    timers = [
      setInterval(() => update(call), updateEvery), setInterval(() => measure(call), measureEvery),
    ];
    navigator.wakeLock?.request('screen').then((/** @type {any} */ lock) => { wakeLock = lock; },
      () => {});
  }
  update(call);
}

export function closeCall() {
  timers.forEach(clearInterval);
  timers = [];
  shown = null;
  wakeLock?.release().catch(() => {});
  wakeLock = null;
  for (const name of ['remote-video', 'remote-audio', 'local-video']) part(name).srcObject = null;
  part('play').hidden = true;
}

/**
 * The streams stay the same for the whole call, so they are bound once (S1-11).
 * @param {import('../client/call.js').Call} call
 */
function bind(call) {
  part('remote-video').srcObject = call.remoteStream;
  part('remote-audio').srcObject = call.remoteStream;
  part('local-video').srcObject = call.localStream;
  part('play').hidden = true;
  part('quality').hidden = true;
}

/** Something came that can be seen or heard. */
export async function playRemote() {
  const results = await Promise.allSettled(
    ['remote-video', 'remote-audio'].map((name) => part(name).play()));
  const isBlocked = results.some((result) => result.status === 'rejected'
    && result.reason?.name === 'NotAllowedError');
  part('play').hidden = !isBlocked;
}

/** S1-12: after a touch both elements are given their stream again. */
export async function playAgain() {
  if (!shown) return;
  for (const name of ['remote-video', 'remote-audio']) part(name).srcObject = shown.remoteStream;
  await playRemote();
}

/** @param {import('../client/call.js').Call} call */
export function update(call) {
  if (shown !== call) return;
  const name = nameOf(call);
  setStatus(statusOf(call));
  // Nobody has a face or a name yet: the picture is that of a link.
  const isEmpty = call.direction === 'room' && call.state === 'outgoing';
  part('call').classList.toggle('empty', isEmpty);
  part('call-name').textContent = isEmpty ? text('room.waiting') : name;
  part('portrait-letters').textContent = isEmpty ? '' : initials(name);
  // Before the first frame the element has no size, and says so when it has (`resize`).
  const showsPicture = call.isMediaUp && call.peer.video !== false
    && call.remoteStream.getVideoTracks().length > 0 && part('remote-video').videoWidth > 0;
  part('remote-video').classList.toggle('off', !showsPicture);
  part('portrait').hidden = showsPicture;
  part('portrait').classList.toggle('pulsing', call.state === 'outgoing');
  part('peer-muted').hidden = !(call.isMediaUp && call.peer.audio === false);
  updateInvite(call, isEmpty);
  updateTrouble(call, name);
  updateControls(call);
}

/** @param {string} words */
function setStatus(words) {
  const element = part('call-status');
  const isClock = /^\d/.test(words);
  if (element.textContent !== words && !isClock) announce(words);
  element.textContent = words;
}

/** @param {import('../client/call.js').Call} call */
function statusOf(call) {
  if (call.state === 'connected' && call.connectedAt !== null) {
    return duration(Date.now() - call.connectedAt);
  }
  if (call.state === 'connecting') return text('call.connecting');
  if (call.direction === 'room') return text('room.empty');
  if (call.devices === 0) return text('call.reaching');
  return call.devices === null ? text('call.outgoing') : text('call.ringing', { n: call.devices });
}

/** @param {import('../client/call.js').Call} call @param {string} name */
function updateTrouble(call, name) {
  // A peer that the server has lost may still be heard: then a line says so, and no curtain falls.
  const isBroken = call.reconnection === 'reconnecting'
    && (call.wasConnected || call.state === 'connecting');
  part('overlay').hidden = !(isBroken && !call.isMediaUp);
  const away = part('peer-away');
  const isAway = call.reconnection === 'peer-disconnected';
  away.hidden = !isAway && !(isBroken && call.isMediaUp);
  const words = call.peerWaitExpired ? 'state.peer.long' : 'state.peer';
  if (isAway) away.textContent = text(words, { name });
  else if (isBroken) away.textContent = text('state.reconnecting');
}

/** @param {import('../client/call.js').Call} call */
function updateControls(call) {
  const { media } = call;
  press('mute', media.isMuted, media.isMuted ? 'call.unmute' : 'call.mute',
    media.isMuted ? 'mic-off' : 'mic');
  press('camera', !media.isVideoOn, media.isVideoOn ? 'call.camera.off' : 'call.camera.on',
    media.isVideoOn ? 'video' : 'video-off');
  press('screen', media.isSharing, media.isSharing ? 'call.screen.off' : 'call.screen.on',
    'screen');
  part('screen').hidden = !navigator.mediaDevices?.getDisplayMedia;
  part('self').hidden = !media.isVideoOn;
  part('self').classList.toggle('shared', media.isSharing);
}

/** @param {string} id @param {boolean} isPressed @param {string} name @param {string} icon */
function press(id, isPressed, name, icon) {
  const button = part(id);
  button.setAttribute('aria-pressed', String(isPressed));
  label(button, name);
  const use = button.querySelector('use');
  const place = `/icons.svg#${icon}`;
  if (use.getAttribute('href') !== place) use.setAttribute('href', place);
}

/** @param {import('../client/call.js').Call} call */
async function measure(call) {
  if (call.state !== 'connected') return;
  const digest = await call.statistics().catch(() => null);
  if (shown !== call || digest === null) return;
  const button = part('quality');
  button.hidden = false;
  button.dataset.level = digest.quality;
  label(button, `quality.${digest.quality}`);
  showStatistics(digest);
}

/**
 * @param {string} action
 * @param {import('../client/call.js').Call} call
 */
export async function perform(action, call) {
  try {
    if (action === 'mute') call.toggleMute();
    else if (action === 'camera') await call.toggleVideo();
    else if (action === 'screen') await call.toggleScreen();
    else if (action === 'hangup') call.end();
  } catch (error) {
    // Closing the browser's own question is an answer, not an error.
    if (action !== 'screen' || /** @type {any} */ (error).code !== 'permission_denied') {
      notice(errorText(error));
    }
  }
  update(call);
}
