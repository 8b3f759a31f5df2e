// The results for somebody else to read: as text, and as data for the operator. Neither holds a
// credential; what is passed on is picked member by member.
import english from '../locales/en.js';
import { works } from './diagnosis.js';

/** Bounds of the server, see docs/rest.md. */
const wordsMax = 200;
const entriesMax = 32;

/**
 * @typedef {object} Seen
 * @property {import('./diagnosis.js').Result[]} results
 * @property {import('./outside-test.js').Outside[]} outside
 * @property {import('./finding.js').Finding[]} findings
 * @property {number | null} clockOffsetMs
 * @property {string} browser
 */

/**
 * @param {Seen} seen
 * @param {(name: string, values?: any) => string} text
 * @param {string} at
 */
export function reportText({ results, outside, findings, browser }, text, at) {
  const lines = [`${text('trickle.title')}, ${at}`, browser, ''];
  for (const { level, code, values } of findings) {
    lines.push(`${text(`level.${level}`)} (${code}): ${text(`finding.${code}`, values)}`);
    const remedy = text(`finding.${code}.do`, values);
    if (remedy !== `finding.${code}.do`) lines.push(`  ${remedy}`);
  }
  for (const result of results) lines.push('', ...resultLines(result));
  for (const one of outside) lines.push('', ...outsideLines(one));
  return `${lines.join('\n')}\n`;
}

/** @param {import('./diagnosis.js').Result} result */
function resultLines(result) {
  const { target, gathered, relayed } = result;
  const lines = [`${works(result) ? 'ok  ' : 'FAIL'} ${target.url} (${gathered.doneMs} ms)`];
  for (const one of gathered.candidates) {
    lines.push(`     ${one.type} ${one.protocol} ${one.address} ${one.port} after ${one.atMs} ms`);
  }
  for (const one of gathered.errors) {
    lines.push(`     error ${one.code} ${one.text || 'no answer'} after ${one.atMs} ms`);
  }
  if (relayed) {
    lines.push(relayed.isConnected
      ? `     relayed: ${relayed.rttMs} ms, ${relayed.kbps} kbit/s, `
        + `${relayed.packetsSent} packets sent, ${relayed.packetsReceived} received`
      : '     not relayed: no packet came through');
  }
  return lines;
}

/** @param {import('./outside-test.js').Outside} one */
function outsideLines(one) {
  const lines = [`${one.isConnected && !one.isElsewhere ? 'ok  ' : 'FAIL'} `
    + `relay address ${one.announced} from outside (${one.peer})`];
  if (one.isElsewhere) lines.push('     packets come from another address');
  if (one.answers !== null) {
    lines.push(`     STUN there ${one.answers ? 'answers' : 'does not answer'}`);
  }
  return lines;
}

/**
 * For `POST /apiv2/reports`; in English, whatever the reader speaks.
 * @param {Seen} seen
 */
export function reportData({ results, outside, findings, clockOffsetMs, browser }) {
  return {
    browser: browser.slice(0, wordsMax), clock_offset_ms: clockOffsetMs,
    findings: findings.map(({ level, code, values }) => ({
      level, code, says: words(`finding.${code}`, values),
      remedy: words(`finding.${code}.do`, values),
    })),
    results: results.slice(0, entriesMax).map(resultData),
    outside: outside.map(({ url, announced, isConnected, isElsewhere, answers }) => ({
      url, announced, connected: isConnected, elsewhere: isElsewhere, answers,
    })),
  };
}

/** @param {import('./diagnosis.js').Result} result */
function resultData(result) {
  const { target, gathered, relayed } = result;
  return {
    url: target.url, works: works(result), took_ms: gathered.doneMs,
    candidates: gathered.candidates.slice(0, entriesMax).map((one) => ({
      type: one.type, address: one.address, port: one.port, at_ms: one.atMs,
      protocol: one.relayProtocol ?? one.protocol,
    })),
    errors: gathered.errors.slice(0, entriesMax).map(({ code, text, atMs }) => ({
      code, text: text.slice(0, wordsMax) || 'no answer', at_ms: atMs,
    })),
    relayed: relayed && {
      connected: relayed.isConnected, connect_ms: relayed.connectMs, kbps: relayed.kbps,
      rtt_us: relayed.rttMs === null ? null : Math.round(relayed.rttMs * 1000),
      sent: relayed.packetsSent, received: relayed.packetsReceived,
    },
  };
}

/** @param {string} name @param {Record<string, any>} values @returns {string | null} */
function words(name, values) {
  const found = /** @type {Record<string, any>} */ (english)[name];
  if (typeof found !== 'string') return null;
  return found.replace(/\{(\w+)\}/g, (gap, word) => String(values[word] ?? gap));
}
