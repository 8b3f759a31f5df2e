// Somebody calls: who, and the answers there are.
import { nameOf } from './call-screen.js';
import { initials, part } from './page.js';
import { label, text } from './texts.js';

/** @type {import('../client/call.js').Call | null} */
let ringing = null;

export function wireIncoming() {
  part('accept').addEventListener('click', () => ringing?.accept({ video: false }));
  part('accept-video').addEventListener('click', () => ringing?.accept({ video: true }));
  part('decline').addEventListener('click', () => ringing?.reject());
  // Escape would close the picture and leave it ringing.
  part('incoming').addEventListener('cancel', (/** @type {Event} */ event) => {
    event.preventDefault();
    ringing?.reject();
  });
}

/** @param {import('../client/call.js').Call} call */
export function showIncoming(call) {
  ringing = call;
  const name = nameOf(call);
  part('incoming-letters').textContent = initials(name);
  part('incoming-name').textContent = name;
  part('incoming-kind').textContent = text(call.wantsVideo ? 'call.incoming.video'
    : 'call.incoming.voice');
  part('incoming-second').hidden = !call.isSecond;
  part('accept-video').hidden = !call.wantsVideo;
  part('accept-text').textContent = text(call.wantsVideo ? 'call.voice' : 'call.accept');
  label(part('accept'), call.wantsVideo ? 'call.accept.voice' : 'call.accept');
  document.title = text('app.calling', { name });
  if (!part('incoming').open) part('incoming').showModal();
  part('incoming-name').focus();
}

/** @param {import('../client/call.js').Call} call Another one that rings stays. */
export function hideIncoming(call) {
  if (ringing !== call) return;
  ringing = null;
  document.title = text('app.title');
  part('incoming').close();
}
