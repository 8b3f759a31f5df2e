// What the results mean, in the order in which somebody should look at it. No browser, no network.
import { expiryOf, isAddress, isPrivate } from './servers.js';

/** Clocks further apart make fresh credentials look expired. */
const clockMs = 30_000;
/** RFC 8656 §18, RFC 8489 §14.8: what servers refuse with. */
const unauthorized = [401, 441];
const quota = [486, 508];

/**
 * @typedef {object} Result
 * @property {import('./servers.js').Target} target
 * @property {import('./gather.js').Gathered} gathered
 * @property {import('./relay-test.js').Relayed | null} relayed Nil when it was not tried.
 *
 * @typedef {object} Finding
 * @property {'good' | 'warning' | 'problem'} level
 * @property {string} code Names the words, `finding.<code>` and `finding.<code>.do`.
 * @property {Record<string, string | number>} values
 */

/**
 * @param {object} facts
 * @param {Result[]} facts.results
 * @param {number} facts.now By this clock, in milliseconds since 1970.
 * @param {number | null} [facts.clockOffsetMs] How far the server's clock is ahead of ours.
 * @returns {Finding[]}
 */
export function diagnose({ results, now, clockOffsetMs = null }) {
  if (results.length === 0) return [finding('problem', 'no_servers')];
  const findings = [
    ...credentials(results, now, clockOffsetMs),
    ...reachability(results),
    ...relaying(results),
    ...addresses(results),
  ];
  if (!findings.some(({ level }) => level === 'problem')) {
    const best = results.find(({ relayed }) => relayed?.isConnected);
    findings.unshift(best ? finding('good', 'all_good', { rtt: best.relayed?.rttMs ?? '?' })
      : finding('good', 'stun_good'));
  }
  return findings;
}

/**
 * @param {Finding['level']} level
 * @param {string} code
 * @param {Record<string, string | number>} [values]
 * @returns {Finding}
 */
function finding(level, code, values = {}) {
  return { level, code, values };
}

/** @param {Result} result */
export function works({ target, gathered }) {
  const wanted = target.kind === 'turn' ? 'relay' : 'srflx';
  // Behind no NAT the server sees the address that the host has: nothing new is found.
  return gathered.candidates.some(({ type }) => type === wanted)
    || (target.kind === 'stun' && gathered.errors.length === 0 && !gathered.isTimedOut
      && gathered.candidates.some(({ type, address }) => type === 'host' && isPublic(address)));
}

/** @param {string} address */
function isPublic(address) {
  return isAddress(address) && !isPrivate(address);
}

/** @param {Result} result @param {number[]} codes */
function refusedWith({ gathered }, codes) {
  return gathered.errors.some(({ code }) => codes.includes(code));
}

// Credentials.

/** @param {Result[]} results @param {number} now @param {number | null} offset */
function credentials(results, now, offset) {
  const findings = [];
  const turns = results.filter(({ target }) => target.kind === 'turn');
  const refused = turns.filter((result) => refusedWith(result, unauthorized));
  const isOff = offset !== null && Math.abs(offset) > clockMs;
  const ended = refused.filter(({ target }) => isOver(target, now + (offset ?? 0)));
  if (ended.length > 0) {
    const at = Number(expiryOf(ended[0].target.username));
    const minutes = Math.max(1, Math.round((now + (offset ?? 0) - at) / 60_000));
    findings.push(finding('problem', 'credentials_expired', { minutes }));
  } else if (refused.length > 0) {
    findings.push(finding('problem', 'credentials_wrong', { host: refused[0].target.host }));
  }
  if (isOff) {
    const seconds = Math.round(Math.abs(offset) / 1000);
    findings.push(finding(refused.length > 0 ? 'problem' : 'warning', 'clock_off', { seconds }));
  }
  const full = turns.find((result) => refusedWith(result, quota));
  if (full) findings.push(finding('problem', 'relay_full', { host: full.target.host }));
  return findings;
}

/** @param {import('./servers.js').Target} target @param {number} now */
function isOver(target, now) {
  const at = expiryOf(target.username);
  return at !== null && at < now;
}

// Ports.

/** @param {Result[]} results */
function reachability(results) {
  const answered = (/** @type {Result} */ result) => works(result)
    || refusedWith(result, [...unauthorized, ...quota]);
  if (!results.some(answered)) {
    return [finding('problem', 'unreachable', { host: results[0].target.host })];
  }
  const findings = [];
  const silent = results.filter((result) => !answered(result));
  const of = (/** @type {string} */ transport) => silent.filter(
    ({ target }) => target.transport === transport);
  const udpAnswers = results.some((result) => result.target.transport === 'udp' && answered(result));
  const [udp] = of('udp');
  if (udp && !udpAnswers) {
    findings.push(finding('problem', 'udp_blocked', place(udp)));
  } else if (udp) {
    findings.push(finding('warning', 'udp_partly', place(udp)));
  }
  for (const result of of('tcp')) findings.push(finding('problem', 'tcp_blocked', place(result)));
  for (const result of of('tls')) findings.push(tls(result, results, answered));
  return findings;
}

/**
 * @param {Result} result
 * @param {Result[]} results
 * @param {(result: Result) => boolean} answered
 */
function tls(result, results, answered) {
  const { host, port } = result.target;
  // The same port speaks without TLS: it is open, and what fails is the certificate.
  const isOpen = results.some((other) => other.target.transport === 'tcp'
    && other.target.host === host && other.target.port === port && answered(other));
  return finding('problem', isOpen ? 'tls_certificate' : 'tls_blocked', place(result));
}

/** @param {Result} result @returns {Record<string, string | number>} */
function place({ target }) {
  return { host: target.host, port: target.port };
}

// Relaying.

/** @param {Result[]} results */
function relaying(results) {
  const tried = results.filter(({ relayed }) => relayed !== null);
  const broken = tried.filter(({ relayed }) => !relayed?.isConnected);
  if (broken.length === 0) return [];
  const [first] = broken;
  const relayAddress = addressOf(first);
  if (isWrong(first)) {
    return [finding('problem', 'external_ip', { address: relayAddress, host: first.target.host })];
  }
  const code = broken.length === tried.length ? 'relay_range' : 'relay_partly';
  return [finding('problem', code, {
    address: relayAddress, url: first.target.url, port: portOf(first),
  })];
}

/** @param {Result} result */
function addressOf({ gathered }) {
  return gathered.candidates.find(({ type }) => type === 'relay')?.address ?? '?';
}

/** @param {Result} result */
function portOf({ gathered }) {
  return gathered.candidates.find(({ type }) => type === 'relay')?.port ?? '?';
}

/**
 * Whether a relay address cannot be the server's: of a private network although the server is
 * not in one, or another than the one that the server is reached by.
 * @param {Result} result
 */
function isWrong(result) {
  const address = addressOf(result);
  const { host } = result.target;
  if (!isAddress(address)) return false;
  const isSameFamily = address.includes(':') === host.includes(':');
  if (isAddress(host)) return isSameFamily && address !== host;
  return isPrivate(address) && host !== 'localhost' && !host.endsWith('.local');
}

/** Relaying works here, and still the address looks wrong to others. @param {Result[]} results */
function addresses(results) {
  const odd = results.find((result) => result.relayed?.isConnected && isWrong(result));
  if (!odd) return [];
  return [finding('warning', 'external_ip_odd', {
    address: addressOf(odd), host: odd.target.host,
  })];
}
