// Before a call with a link: how one looks, who one is.
import { MediaError } from '../client/media-error.js';
import { errorText } from './ending.js';
import { notice, part } from './page.js';
import { ownName, setOwnName, setToken } from './access.js';
import { isGuest, needsToken } from './server.js';

/** @type {MediaStream | null} */
let stream = null;

/** @param {(choice: {video: boolean, isMuted: boolean}) => void} join */
export function wireJoin(join) {
  part('join-camera').addEventListener('change', () => showPreview());
  part('join-form').addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!part('join-guest').hidden) setOwnName(part('join-name').value);
    if (!part('join-access').hidden) setToken(part('join-token').value);
    const isMuted = !part('join-microphone').checked;
    const choice = { video: part('join-camera').checked, isMuted };
    closePreview();
    join(choice);
  });
}

export function openJoin() {
  part('join-name').value = ownName();
  part('join-guest').hidden = !isGuest();
  part('join-access').hidden = !needsToken();
  part('join-token').required = needsToken();
  showPreview();
}

async function showPreview() {
  closePreview();
  const wantsVideo = part('join-camera').checked;
  if (wantsVideo) {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: true });
    } catch (error) {
      part('join-camera').checked = false;
      if (navigator.mediaDevices) notice(errorText(MediaError.of(error)));
    }
  }
  part('preview').srcObject = stream;
  part('preview').classList.toggle('off', stream === null);
  part('preview-off').hidden = stream !== null;
}

export function closePreview() {
  stream?.getTracks().forEach((track) => track.stop());
  stream = null;
  part('preview').srcObject = null;
}

/**
 * Enters with the microphone off, as soon as there is one.
 * @param {import('../client/call.js').Call} call
 * @param {import('../client/call-manager.js').CallManager} calls
 */
export function muteWhenOpen(call, calls) {
  const forget = calls.addListener({
    onChange: (/** @type {any} */ changed) => {
      if (changed !== call || call.localStream.getAudioTracks().length === 0) return;
      forget();
      if (!call.media.isMuted) call.toggleMute();
    },
  });
}
