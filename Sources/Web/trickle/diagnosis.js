// What the results mean, in the order in which somebody should look at it. No browser, no network.
import { relaying } from './diagnosis-relay.js';
import { finding } from './finding.js';
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
 * @property {import('./relay-test.js').Relayed | null} relayed Null when it was not tried.
 *
 * @typedef {object} Facts What our own server says of itself.
 * @property {string[]} addresses Where its relays are said to be.
 * @property {{first: number, last: number}} ports Of its relays.
 * @property {string[]} certificate_names
 */

/**
 * @param {object} seen
 * @param {Result[]} seen.results
 * @param {import('./outside-test.js').Outside[]} [seen.outside]
 * @param {Facts | null} [seen.facts] Null for servers of others.
 * @param {number} seen.now By this clock, in milliseconds since 1970.
 * @param {number | null} [seen.clockOffsetMs] How far the server's clock is ahead of ours.
 * @returns {import('./finding.js').Finding[]}
 */
export function diagnose({ results, outside = [], facts = null, now, clockOffsetMs = null }) {
  if (results.length === 0) return [finding('problem', 'no_servers')];
  const findings = [
    ...credentials(results, now, clockOffsetMs),
    ...reachability(results, facts),
    ...relaying(results, outside, facts),
  ];
  if (!findings.some(({ level }) => level === 'problem')) {
    const best = results.find(({ relayed }) => relayed?.isConnected);
    findings.unshift(best ? finding('good', 'all_good', { rtt: best.relayed?.rttMs ?? '?' })
      : finding('good', 'stun_good'));
  }
  return findings;
}

/** @param {Pick<Result, 'target' | 'gathered'>} result */
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
  const bare = turns.find(({ target }) => !hasCredential(target));
  if (bare) findings.push(finding('problem', 'credentials_missing', { url: bare.target.url }));
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

/** @param {import('./servers.js').Target} target */
function hasCredential({ kind, username, credential }) {
  return kind === 'stun' || Boolean(username && credential);
}

/** @param {import('./servers.js').Target} target @param {number} now */
function isOver(target, now) {
  const at = expiryOf(target.username);
  return at !== null && at < now;
}

// Ports.

/** Whether somebody was there, be it to refuse. @param {Result} result */
function answered(result) {
  return works(result) || refusedWith(result, [...unauthorized, ...quota]);
}

/** @param {Result[]} all @param {Facts | null} facts */
function reachability(all, facts) {
  // The browser asks nobody for a relay without them.
  const results = all.filter(({ target }) => hasCredential(target));
  if (results.length === 0) return [];
  if (!results.some(answered)) {
    const isUnknown = results.every(({ gathered }) => gathered.errors.some(isLookup));
    const [{ target: { host } }] = results;
    const of = results.filter(({ target }) => target.host === host);
    return [finding('problem', isUnknown ? 'name_unknown' : 'unreachable', place(of))];
  }
  const silent = results.filter((result) => !answered(result));
  const of = (/** @type {string} */ transport) => byHost(
    silent.filter(({ target }) => target.transport === transport));
  const udpAnswers = results.some((result) => (
    result.target.transport === 'udp' && answered(result)));
  return [
    ...of('udp').map((group) => (udpAnswers ? finding('warning', 'udp_partly', place(group))
      : finding('problem', 'udp_blocked', place(group)))),
    ...of('tcp').map((group) => finding('problem', 'tcp_blocked', place(group))),
    ...of('tls').map((group) => tls(group, results, facts)),
  ];
}

/** Chromium's words for a name that does not resolve. @param {{text: string}} error */
function isLookup({ text }) {
  return /lookup|resolv/i.test(text);
}

/** One finding for each host, however many ports. @param {Result[]} results */
function byHost(results) {
  const hosts = [...new Set(results.map(({ target }) => target.host))];
  return hosts.map((host) => results.filter(({ target }) => target.host === host));
}

/**
 * Browsers do not say why TLS fails. The server knows its own certificates; and a port that speaks
 * without TLS is open.
 * @param {Result[]} group
 * @param {Result[]} results
 * @param {Facts | null} facts
 */
function tls(group, results, facts) {
  const { host, port } = place(group);
  const names = facts?.certificate_names ?? [];
  if (names.length > 0 && !names.some((name) => covers(name, String(host)))) {
    const given = names.filter((name) => !isAddress(name)).slice(0, 4);
    return finding('problem', 'tls_name', {
      host, port, names: (given.length > 0 ? given : names.slice(0, 4)).join(', '),
    });
  }
  const isOpen = group.every(({ target }) => results.some((other) => other.target.transport === 'tcp'
    && other.target.host === host && other.target.port === target.port && answered(other)));
  return finding('problem', isOpen ? 'tls_certificate' : 'tls_blocked', { host, port });
}

/** Whether a name of a certificate is that host's (RFC 9525 §6.3). */
export function covers(/** @type {string} */ name, /** @type {string} */ host) {
  const [wanted, given] = [host.toLowerCase(), name.toLowerCase()];
  if (!given.startsWith('*.')) return given === wanted;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === given.slice(1);
}

/** @param {Result[]} group Of one host. @returns {Record<string, string | number>} */
function place(group) {
  const ports = [...new Set(group.map(({ target }) => target.port))].sort((one, other) => one - other);
  return { host: group[0].target.host, port: ports.join(', ') };
}
