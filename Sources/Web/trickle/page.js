// The page that tests connections.
import { notice, part } from '../app/page.js';
import { loadConfig, needsToken, setToken, takesCalls, takesReports } from '../app/server.js';
import { loadTexts, switchLanguage, text, translate } from '../app/texts.js';
import { diagnose, works } from './diagnosis.js';
import { finding } from './finding.js';
import { gather } from './gather.js';
import { outside } from './outside-test.js';
import { ownFacts, ownIceServers, sendReport } from './own-servers.js';
import { relay } from './relay-test.js';
import { reportData, reportText } from './report.js';
import { readPasted, targetsOf } from './servers.js';
import { findingItem, resultItems } from './view.js';

/** At once: more connections would disturb each other's times. */
const targetsMax = 16;

/** @type {import('./report.js').Seen} */
let seen = nothing();
let isRunning = false;

/** @returns {import('./report.js').Seen} */
function nothing() {
  return {
    results: [], outside: [], findings: [], clockOffsetMs: null, browser: navigator.userAgent,
  };
}

// The test.

async function run() {
  if (isRunning) return;
  const isOwn = part('source-own').checked;
  const pasted = isOwn ? [] : readPasted(
    part('pasted').value, part('username').value, part('credential').value);
  complain(!isOwn && targetsOf(pasted).length === 0);
  if (!isOwn && targetsOf(pasted).length === 0) return;
  isRunning = true;
  seen = nothing();
  busy('run', true);
  show();
  progress('trickle.asking', 0, 1);
  try {
    if (!part('token-form').hidden) setToken(part('token').value);
    const { facts, clockOffsetMs } = await ownFacts();
    seen.clockOffsetMs = clockOffsetMs;
    const targets = targetsOf(isOwn ? await ownIceServers() : pasted).slice(0, targetsMax);
    await test(targets);
    seen.findings = diagnose({
      ...seen, facts: isOwn ? facts : null, now: Date.now(),
    });
  } catch {
    seen.findings = [finding('problem', 'no_signaling')];
  }
  part('progress').hidden = true;
  busy('run', false);
  isRunning = false;
  show();
  part('findings-title').focus({ preventScroll: true });
  part('findings').scrollIntoView();
}

/** @param {import('./servers.js').Target[]} targets */
async function test(targets) {
  let done = 0;
  progress('trickle.testing', 0, targets.length);
  const gathered = await Promise.all(targets.map(async (target) => {
    const found = await gather(target);
    done += 1;
    progress('trickle.testing', done, targets.length);
    return found;
  }));
  seen.results = targets.map((target, index) => ({
    target, gathered: gathered[index], relayed: null,
  }));
  show();
  const turns = seen.results.filter((result) => result.target.kind === 'turn' && works(result));
  const steps = turns.length + 1;
  for (const [index, result] of turns.entries()) {
    progress('trickle.relaying', index, steps, result.target.url);
    result.relayed = await relay(result.target);
    show();
  }
  progress('trickle.outsiding', turns.length, steps);
  seen.outside = await testOutside(turns);
}

/**
 * Once for each relay address that the server has given out.
 * @param {import('./diagnosis.js').Result[]} turns
 */
async function testOutside(turns) {
  const found = [];
  const known = new Set();
  for (const { target, gathered } of turns) {
    const address = gathered.candidates.find(({ type }) => type === 'relay')?.address;
    const udp = seen.results.find((other) => other.target.transport === 'udp'
      && other.target.host === target.host && works(other));
    if (!udp || known.has(address)) continue;
    known.add(address);
    const one = await outside(target, udp.target);
    if (one) found.push(one);
  }
  return found;
}

// What is seen.

/** A button that does nothing now, and keeps the focus. */
function busy(/** @type {string} */ id, /** @type {boolean} */ isBusy) {
  part(id).ariaDisabled = String(isBusy);
}

/** @param {boolean} isWrong Whether nothing of what was pasted is an address. */
function complain(isWrong) {
  part('pasted-error').hidden = !isWrong;
  part('pasted').setAttribute('aria-invalid', String(isWrong));
  if (isWrong) part('pasted').focus();
}

/** @param {string} name @param {number} done @param {number} all @param {string} [url] */
function progress(name, done, all, url = '') {
  part('progress').hidden = false;
  part('progress-text').textContent = text(name, { url, n: done, all });
  part('progress-bar').max = Math.max(1, all);
  part('progress-bar').value = done;
}

function show() {
  const { results, findings, outside: fromOutside } = seen;
  part('findings').hidden = findings.length === 0;
  part('finding-list').replaceChildren(...findings.map(findingItem));
  part('results').hidden = results.length === 0;
  part('result-list').replaceChildren(...resultItems(results, fromOutside));
  part('share').hidden = findings.length === 0 || results.length === 0;
  part('send').hidden = !takesReports() || needsToken();
  part('report').hidden = true;
}

// What is passed on.

function report() {
  return reportText(seen, text, new Date().toISOString());
}

async function copy() {
  try {
    await navigator.clipboard.writeText(report());
    notice(text('room.copied'));
  } catch {
    part('report').hidden = false;
    part('report').value = report();
    part('report').focus();
    part('report').select();
  }
}

async function send() {
  if (part('send').ariaDisabled === 'true') return;
  busy('send', true);
  const answer = await sendReport(reportData(seen));
  busy('send', false);
  if ('id' in answer) notice(text('trickle.sent', { id: answer.id }));
  else notice(text(answer.failure === 'limit' ? 'trickle.toomany' : 'trickle.notsent'));
}

function choose() {
  part('pasted-fields').hidden = !part('source-pasted').checked;
  part('token-form').hidden = part('source-pasted').checked || !needsToken();
}

async function main() {
  await loadTexts();
  translate(document);
  document.title = text('trickle.title');
  await loadConfig();
  // Only a server with calls gives out servers to its pages.
  part('source-own').disabled = !takesCalls();
  part('source-pasted').checked = !takesCalls();
  choose();
  part('source-own').addEventListener('change', choose);
  part('source-pasted').addEventListener('change', choose);
  part('test-form').addEventListener('submit', (/** @type {Event} */ event) => {
    event.preventDefault();
    run();
  });
  part('copy').addEventListener('click', copy);
  part('send').addEventListener('click', send);
  part('language').addEventListener('click', async () => {
    await switchLanguage();
    document.title = text('trickle.title');
    show();
  });
  /** @type {HTMLElement} */ (document.querySelector('main')).inert = false;
}

main();
