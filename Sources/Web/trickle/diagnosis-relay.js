// What it means when a relay carries nothing, or others than this browser would not reach it.
import { finding } from './finding.js';
import { isAddress, isPrivate } from './servers.js';

/** Where relays get their ports unless somebody says otherwise (RFC 8656 §7.2). */
const usualPorts = { first: 49_152, last: 65_535 };

/**
 * @param {import('./diagnosis.js').Result[]} results
 * @param {import('./outside-test.js').Outside[]} outside
 * @param {import('./diagnosis.js').Facts | null} facts
 * @returns {import('./finding.js').Finding[]}
 */
export function relaying(results, outside, facts) {
  const ports = facts?.ports ?? usualPorts;
  const fromOutside = outside.map((one) => seenFromOutside(one, results, ports))
    .filter((found) => found !== null);
  if (fromOutside.some(({ level }) => level === 'problem')) return fromOutside.slice(0, 1);
  return [...fromOutside, ...seenFromInside(results, ports, outside)];
}

/**
 * @param {import('./outside-test.js').Outside} one
 * @param {import('./diagnosis.js').Result[]} results
 * @param {{first: number, last: number}} ports
 */
function seenFromOutside(one, results, ports) {
  const host = results.find(({ target }) => target.url === one.url)?.target.host ?? '?';
  const { announced: address } = one;
  const values = { address, host, ...ports };
  // Packets say where the server is, whatever it believes itself.
  if (one.isElsewhere && one.answers === false) {
    return finding('problem', 'external_ip_seen', values);
  }
  if (one.isConnected) return null;
  if (one.answers === false || isStrange(address, host)) {
    return finding('problem', 'external_ip', values);
  }
  // The relay refuses peers in private networks unless it is told otherwise.
  if (isPrivate(one.peer)) return finding('warning', 'peer_private', { ...values, peer: one.peer });
  return finding('problem', 'relay_range', values);
}

/**
 * Both ends on relays.
 * @param {import('./diagnosis.js').Result[]} results
 * @param {{first: number, last: number}} ports
 * @param {import('./outside-test.js').Outside[]} outside
 */
function seenFromInside(results, ports, outside) {
  const tried = results.filter(({ relayed }) => relayed !== null);
  const broken = tried.filter(({ relayed }) => !relayed?.isConnected);
  if (broken.length === 0) return odd(tried, outside);
  const [first] = broken;
  const { host, url } = first.target;
  const values = { address: addressOf(first), host, url, ...ports };
  if (isStrange(addressOf(first), host)) return [finding('problem', 'external_ip', values)];
  const code = broken.length === tried.length ? 'relay_range' : 'relay_partly';
  return [finding('problem', code, values)];
}

/**
 * Relaying works between relays, and still the address looks wrong to others.
 * @param {import('./diagnosis.js').Result[]} tried
 * @param {import('./outside-test.js').Outside[]} outside
 */
function odd(tried, outside) {
  const found = tried.find((result) => isStrange(addressOf(result), result.target.host)
    && !outside.some((one) => one.isConnected && one.announced === addressOf(result)));
  if (!found) return [];
  return [finding('warning', 'external_ip_odd', {
    address: addressOf(found), host: found.target.host,
  })];
}

/** @param {import('./diagnosis.js').Result} result */
function addressOf({ gathered }) {
  return gathered.candidates.find(({ type }) => type === 'relay')?.address ?? '?';
}

/** @param {string} one @param {string} other */
function sameFamily(one, other) {
  return one.includes(':') === other.includes(':');
}

/**
 * Whether a relay address cannot be the server's: of a private network although the server is
 * not in one, or another than the one that the server is reached by.
 * @param {string} address
 * @param {string} host
 */
function isStrange(address, host) {
  if (!isAddress(address)) return false;
  if (isAddress(host)) return sameFamily(address, host) && address !== host;
  return isPrivate(address) && host !== 'localhost' && !host.endsWith('.local');
}
