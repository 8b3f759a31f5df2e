// How a relay is reached from outside: one end of a connection sits on a relay of the server, the
// other in this browser, without one. What both ends on relays cannot show, since a server may
// hand packets from one of its relays to another in memory: whether the ports are open, and
// whether the announced address is the server's.
import { gather } from './gather.js';
import { isAddress } from './servers.js';

const connectMs = 8000;
const gatherMs = 5000;

/**
 * @typedef {object} Outside
 * @property {string} url Where the relay was asked for.
 * @property {string} announced The address that the server gives out for it.
 * @property {number} port
 * @property {boolean} isConnected
 * @property {boolean} isElsewhere Whether packets of the relay come from another address than that.
 * @property {string} peer This browser's address, as the server sees it.
 * @property {boolean | null} answers Whether the announced address answers STUN; null when nobody
 *   asked, since all was well.
 */

/**
 * @param {import('./servers.js').Target} target A TURN server that gives relays.
 * @param {import('./servers.js').Target} stun Of the same server, and reached over UDP.
 * @returns {Promise<Outside | null>} Null where it cannot be told: no UDP leaves this network, or
 *   the server relays on loopback.
 */
export async function outside(target, stun) {
  const { url, username, credential } = target;
  const relayed = new RTCPeerConnection({
    iceServers: [{ urls: url, username, credential }], iceTransportPolicy: 'relay',
  });
  const direct = new RTCPeerConnection({ iceServers: [{ urls: `stun:${place(stun)}` }] });
  try {
    const channel = relayed.createDataChannel('outside');
    const open = new Promise((resolve) => { channel.onopen = () => resolve(true); });
    const announced = candidates(relayed, ({ type }) => type === 'relay');
    const peers = candidates(direct, isReachable);
    await relayed.setLocalDescription(await relayed.createOffer());
    await direct.setRemoteDescription(bare(relayed.localDescription));
    await direct.setLocalDescription(await direct.createAnswer());
    await relayed.setRemoteDescription(bare(direct.localDescription));
    const [[relay], own] = await Promise.all([announced, peers]);
    if (!relay || own.length === 0 || isLoopback(relay.address)) return null;
    // The announced address first: what comes from there then is no surprise.
    await direct.addIceCandidate(relay).catch(() => {});
    for (const one of own) await relayed.addIceCandidate(one).catch(() => {});
    const isConnected = await within(connectMs, open) === true;
    const isElsewhere = await hasSurprise(direct);
    return {
      url, announced: relay.address, port: relay.port, isConnected, isElsewhere, peer: own[0].address,
      answers: isConnected && !isElsewhere ? null : await answersStun(relay.address, stun.port),
    };
  } finally {
    relayed.close();
    direct.close();
  }
}

/** @param {{host: string, port: number}} target */
function place({ host, port }) {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** A server that is tried out on one machine has no outside. @param {string} address */
function isLoopback(address) {
  return address.startsWith('127.') || address === '::1';
}

/** @param {RTCIceCandidate} candidate */
function isReachable({ type, protocol, address }) {
  return protocol === 'udp' && (type === 'srflx' || (type === 'host' && isAddress(address ?? '')));
}

/**
 * What a connection finds, those that fit; whatever it has after a while.
 * @param {RTCPeerConnection} pc
 * @param {(candidate: any) => boolean} fits
 * @returns {Promise<any[]>}
 */
function candidates(pc, fits) {
  /** @type {any[]} */
  const found = [];
  const complete = new Promise((resolve) => {
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate && fits(candidate)) found.push(candidate);
      if (!candidate) resolve(null);
    };
  });
  return within(gatherMs, complete).then(() => found);
}

/** A description without candidates: each side is given exactly those that are tested. */
function bare(/** @type {RTCSessionDescription | null} */ description) {
  const sdp = description?.sdp.replace(/^a=(candidate|end-of-candidates).*\r?\n/gm, '');
  return /** @type {any} */ ({ type: description?.type, sdp });
}

/**
 * Whether packets came from an address that nobody had announced (RFC 8445 §7.3.1.3). Browsers
 * keep to themselves which one that is.
 * @param {RTCPeerConnection} pc
 */
async function hasSurprise(pc) {
  const stats = await pc.getStats();
  return [...stats.values()].some((entry) => entry.type === 'candidate-pair'
    && (entry.responsesReceived ?? 0) + (entry.requestsReceived ?? 0) > 0
    && stats.get(entry.remoteCandidateId)?.candidateType === 'prflx');
}

/** Whether a STUN server is at an address: then it is the server's own. */
async function answersStun(/** @type {string} */ address, /** @type {number} */ port) {
  const { candidates: found, errors, isTimedOut } = await gather({
    url: `stun:${place({ host: address, port })}`, kind: 'stun', transport: 'udp', host: address,
    port,
  });
  return found.some(({ type }) => type === 'srflx')
    // Without a NAT nothing new is found, and nothing goes wrong.
    || (errors.length === 0 && !isTimedOut
      && found.some((one) => one.type === 'host' && isAddress(one.address)));
}

/**
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} promise
 * @returns {Promise<T | null>}
 */
function within(milliseconds, promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), milliseconds);
    promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    }, reject);
  });
}
