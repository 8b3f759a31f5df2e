// The link to a call that waits for its other side.
import { announce, part } from './page.js';
import { text } from './texts.js';

const thanksMs = 2000;

export function wireInvite() {
  part('invite-copy').addEventListener('click', copyLink);
  part('invite-share').addEventListener('click', () => {
    navigator.share({ url: part('invite-link').value }).catch(() => {});
  });
}

/** @param {import('../client/call.js').Call} call @param {boolean} isWaiting */
export function updateInvite(call, isWaiting) {
  part('invite').hidden = !isWaiting;
  if (isWaiting) part('invite-link').value = `${location.origin}/call/${call.id}`;
  part('invite-share').hidden = !navigator.share;
}

async function copyLink() {
  const link = part('invite-link');
  try {
    await navigator.clipboard.writeText(link.value);
  } catch {
    link.select();
    document.execCommand('copy');
  }
  const words = part('invite-copy').querySelector('span');
  words.textContent = text('room.copied');
  announce(text('room.copied'));
  setTimeout(() => { words.textContent = text('room.copy'); }, thanksMs);
}
