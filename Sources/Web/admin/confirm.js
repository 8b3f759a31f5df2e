// Nothing is ended before somebody has read what it is and said yes.
import { part } from '../app/page.js';
import { Trouble } from './api.js';

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string} yes What the button says; empty: there is nothing to do but to read.
 * @property {boolean} [asksBan]
 * @property {boolean} [asksStop]
 * @property {{text: string, style: string}[]} [list]
 * @property {(answer: {banSeconds: number, stops: boolean}) => Promise<string>} act
 *   Does it, and says what it did.
 */

/** @type {Question | null} */
let question = null;
/** @type {(words: string) => void} */
let done = () => {};

/** @param {(words: string) => void} onDone Is told what was done. */
export function prepareConfirm(onDone) {
  done = onDone;
  const dialog = part('confirm');
  part('confirm-no').addEventListener('click', () => dialog.close());
  part('confirm-yes').addEventListener('click', carryOut);
  dialog.addEventListener('close', () => { question = null; });
}

/** @param {Question} asked */
export function confirm(asked) {
  question = asked;
  part('confirm-title').textContent = asked.title;
  part('confirm-text').textContent = asked.text;
  part('confirm-yes').textContent = asked.yes;
  part('confirm-yes').hidden = asked.yes === '';
  part('confirm-yes').disabled = false;
  part('confirm-no').textContent = asked.yes === '' ? 'Close' : 'Cancel';
  part('confirm-ban').hidden = !asked.asksBan;
  part('confirm-stop').hidden = !asked.asksStop;
  part('ban').value = '0';
  part('stop').checked = false;
  complain('');
  const items = (asked.list ?? []).map(({ text, style }) => {
    const item = document.createElement('li');
    item.className = style;
    item.textContent = text;
    return item;
  });
  part('confirm-list').replaceChildren(...items);
  part('confirm-list').hidden = items.length === 0;
  const dialog = part('confirm');
  if (!dialog.open) dialog.showModal();
  part('confirm-title').focus();
}

async function carryOut() {
  const asked = question;
  if (!asked) return;
  part('confirm-yes').disabled = true;
  complain('');
  try {
    const words = await asked.act({
      banSeconds: Number(part('ban').value), stops: part('stop').checked,
    });
    done(words);
    // The act may have asked something new.
    if (question === asked) part('confirm').close();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    if (question === asked) complain(error.message);
  } finally {
    if (question === asked) part('confirm-yes').disabled = false;
  }
}

/** @param {string} words */
function complain(words) {
  part('confirm-error').textContent = words;
  part('confirm-error').hidden = words === '';
}
