// The page that tests connections.
import { notice, part } from '../app/page.js';
import { connect, disconnect, givenToken, loadConfig, needsToken, setToken, takesReports } from '../app/server.js';
import { loadTexts, switchLanguage, text, translate } from '../app/texts.js';
import { diagnose, works } from './diagnosis.js';
import { gather } from './gather.js';
import { relay } from './relay-test.js';
import { reportData, reportText } from './report.js';
import { readPasted, targetsOf } from './servers.js';

const serverMs = 10_000;

/** @type {import('./diagnosis.js').Result[]} */
let results = [];
/** @type {import('./diagnosis.js').Finding[]} */
let findings = [];
let isRunning = false;

/**
 * The servers that calls on this server use, and how far its clock is ahead.
 * @returns {Promise<{iceServers: any[], clockOffsetMs: number | null}>}
 */
function ownServers() {
  return new Promise((resolve, reject) => {
    const { signaling } = connect({
      onSession: ({ ice }) => {
        const at = signaling.welcome?.server_time_ms;
        resolve({
          iceServers: ice?.iceServers ?? [],
          clockOffsetMs: Number.isFinite(at) ? at - Date.now() : null,
        });
      },
      onReconnecting: () => reject(new Error('connection')),
      onReconnectFailed: () => reject(new Error('connection')),
      onError: reject,
    });
    setTimeout(() => reject(new Error('timeout')), serverMs);
  });
}

async function servers() {
  if (part('source-pasted').checked) {
    const { value } = part('pasted');
    return {
      iceServers: readPasted(value, part('username').value, part('credential').value),
      clockOffsetMs: null,
    };
  }
  if (!part('token-form').hidden) setToken(part('token').value);
  try {
    return await ownServers();
  } finally {
    disconnect();
  }
}

async function run() {
  if (isRunning) return;
  isRunning = true;
  part('run').disabled = true;
  results = [];
  findings = [];
  show();
  part('progress').hidden = false;
  try {
    const { iceServers, clockOffsetMs } = await servers();
    await test(targetsOf(iceServers));
    findings = diagnose({ results, now: Date.now(), clockOffsetMs });
  } catch {
    findings = [{ level: 'problem', code: 'no_signaling', values: {} }];
  }
  part('progress').hidden = true;
  part('run').disabled = false;
  isRunning = false;
  show();
  part('findings-title').focus();
}

/** @param {import('./servers.js').Target[]} targets */
async function test(targets) {
  for (const [index, target] of targets.entries()) {
    progress('trickle.testing', index, targets.length, target.url);
    results.push({ target, gathered: await gather(target), relayed: null });
    show();
  }
  const turns = results.filter((result) => result.target.kind === 'turn' && works(result));
  for (const [index, result] of turns.entries()) {
    progress('trickle.relaying', index, turns.length, result.target.url);
    result.relayed = await relay(result.target);
    show();
  }
}

/** @param {string} name @param {number} done @param {number} all @param {string} url */
function progress(name, done, all, url) {
  part('progress-text').textContent = text(name, { url, n: done + 1, all });
  part('progress-bar').max = all;
  part('progress-bar').value = done;
}

// What is seen.

/** @param {string} name @param {string} words @param {string} [style] */
function element(name, words, style) {
  const made = document.createElement(name);
  made.textContent = words;
  if (style) made.className = style;
  return made;
}

function show() {
  part('findings').hidden = findings.length === 0;
  part('finding-list').replaceChildren(...findings.map(findingItem));
  part('results').hidden = results.length === 0;
  part('result-list').replaceChildren(...results.map(resultItem));
  part('share').hidden = findings.length === 0 || results.length === 0;
  part('send').hidden = !takesReports();
}

/** @param {import('./diagnosis.js').Finding} finding */
function findingItem({ level, code, values }) {
  const item = element('li', '', `finding ${level}`);
  item.append(element('strong', text(`level.${level}`), 'level'));
  item.append(element('p', text(`finding.${code}`, values), 'what'));
  const remedy = text(`finding.${code}.do`, values);
  if (remedy !== `finding.${code}.do`) item.append(element('p', remedy, 'remedy'));
  return item;
}

/** @param {import('./diagnosis.js').Result} result */
function resultItem(result) {
  const { target, gathered, relayed } = result;
  const item = element('li', '', `card result ${works(result) ? 'good' : 'problem'}`);
  const head = element('div', '', 'head');
  head.append(element('h3', target.url), element('span',
    text(works(result) ? 'trickle.works' : 'trickle.fails'), 'verdict'));
  item.append(head);
  const rows = [
    ...gathered.candidates.map((one) => [
      text(`candidate.${one.type}`), `${one.address}:${one.port}`,
      (one.relayProtocol ?? one.protocol).toUpperCase(), `${one.atMs} ms`]),
    ...gathered.errors.map((one) => [
      text('candidate.error'), one.text || text('trickle.noanswer'), String(one.code),
      `${one.atMs} ms`]),
  ];
  if (rows.length > 0) item.append(table(rows));
  else item.append(element('p', text('trickle.nothing'), 'hint'));
  if (relayed) item.append(element('p', relayedText(relayed), 'hint'));
  return item;
}

/** @param {import('./relay-test.js').Relayed} relayed */
function relayedText(relayed) {
  if (!relayed.isConnected) return text('trickle.notrelayed');
  return text('trickle.relayed', {
    rtt: relayed.rttMs ?? '?', sent: relayed.packetsSent, received: relayed.packetsReceived,
    mbps: relayed.kbps === null ? '?' : (relayed.kbps / 1000).toFixed(1),
  });
}

/** @param {string[][]} rows */
function table(rows) {
  const made = document.createElement('table');
  const head = document.createElement('tr');
  for (const name of ['type', 'address', 'protocol', 'time']) {
    const cell = element('th', text(`trickle.${name}`));
    cell.setAttribute('scope', 'col');
    head.append(cell);
  }
  made.createTHead().append(head);
  const body = made.createTBody();
  for (const row of rows) {
    const line = document.createElement('tr');
    line.append(...row.map((words) => element('td', words)));
    body.append(line);
  }
  return made;
}

// What is passed on.

function report() {
  return reportText({
    results, findings, text, at: new Date().toISOString(), browser: navigator.userAgent,
  });
}

async function copy() {
  try {
    await navigator.clipboard.writeText(report());
    notice(text('room.copied'));
  } catch {
    part('report').hidden = false;
    part('report').value = report();
    part('report').select();
  }
}

async function send() {
  const token = givenToken();
  try {
    const response = await fetch('/apiv2/reports', {
      method: 'POST',
      headers: {
        'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ ...reportData(results, findings), text: report() }),
    });
    notice(text(response.ok ? 'trickle.sent' : 'trickle.notsent'));
  } catch {
    notice(text('trickle.notsent'));
  }
}

async function main() {
  await loadTexts();
  translate(document);
  document.title = text('trickle.title');
  await loadConfig();
  part('token-form').hidden = !needsToken();
  const choose = () => { part('pasted-fields').hidden = !part('source-pasted').checked; };
  part('source-own').addEventListener('change', choose);
  part('source-pasted').addEventListener('change', choose);
  choose();
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
}

main();
