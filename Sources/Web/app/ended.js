// The screen behind a call: why it is over, and what now.
import { nameOf } from './call-screen.js';
import { isNetworkEnding, mayCallAgain } from './ending.js';
import { announce, duration, initials, part, showScreen } from './page.js';
import { text } from './texts.js';

/** @type {() => void} */
let again = () => {};

/** @param {() => void} goHome */
export function wireEnded(goHome) {
  part('ended-again').addEventListener('click', () => again());
  part('ended-back').addEventListener('click', goHome);
}

/**
 * @param {import('../client/call.js').Call} call
 * @param {import('../client/call.js').CallEnding} ending
 * @param {string} words
 * @param {() => void} callAgain
 */
export function showEnded(call, ending, words, callAgain) {
  again = callAgain;
  part('ended-letters').textContent = initials(nameOf(call));
  part('ended-title').textContent = text(call.state === 'failed' ? 'ended.failed' : 'ended.title');
  part('ended-text').textContent = words;
  part('ended-duration').textContent = ending.durationMs >= 1000
    ? text('ended.duration', { time: duration(ending.durationMs) }) : '';
  part('ended-again').hidden = !mayCallAgain(ending.reason) || call.direction === 'incoming';
  part('ended-diagnose').hidden = !isNetworkEnding(ending.reason);
  announce(words);
  showScreen('ended');
}
