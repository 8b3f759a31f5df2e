// Both ends of a connection in this page, with nothing but the relay between them.

const connectMs = 12_000;
const pings = 20;
const streamMs = 1200;
const chunkBytes = 1024;
/** Enough to keep the path busy, little enough to stop soon. */
const bufferedMax = 256 * 1024;

/**
 * @typedef {object} Relayed
 * @property {boolean} isConnected
 * @property {number | null} connectMs
 * @property {number | null} rttMs
 * @property {number | null} kbps
 * @property {number} packetsSent
 * @property {number} packetsReceived
 */

/**
 * @param {import('./servers.js').Target} target
 * @returns {Promise<Relayed>}
 */
export async function relay({ url, username, credential }) {
  const configuration = /** @type {any} */ ({
    iceServers: [{ urls: url, username, credential }], iceTransportPolicy: 'relay',
  });
  const one = new RTCPeerConnection(configuration);
  const other = new RTCPeerConnection(configuration);
  /** @type {Relayed} */
  const result = {
    isConnected: false, connectMs: null, rttMs: null, kbps: null, packetsSent: 0,
    packetsReceived: 0,
  };
  const begun = performance.now();
  try {
    const channel = await connected(one, other);
    if (channel) {
      result.isConnected = true;
      result.connectMs = Math.round(performance.now() - begun);
      result.rttMs = await roundTrip(channel);
      result.kbps = await stream(channel);
    }
    Object.assign(result, await packets(one));
  } finally {
    one.close();
    other.close();
  }
  return result;
}

/**
 * @param {RTCPeerConnection} one
 * @param {RTCPeerConnection} other
 * @returns {Promise<RTCDataChannel | null>}
 */
async function connected(one, other) {
  const channel = one.createDataChannel('test', { ordered: false, maxRetransmits: 0 });
  channel.binaryType = 'arraybuffer';
  const open = new Promise((resolve) => {
    channel.onopen = () => resolve(channel);
    setTimeout(() => resolve(null), connectMs);
  });
  let received = 0;
  other.ondatachannel = ({ channel: answer }) => {
    answer.binaryType = 'arraybuffer';
    // Texts go back as they came; of the stream only the amount.
    answer.onmessage = ({ data }) => {
      if (typeof data !== 'string') received += data.byteLength;
      else answer.send(data === 'count' ? `bytes ${received}` : data);
    };
  };
  one.onicecandidate = ({ candidate }) => { other.addIceCandidate(candidate ?? undefined).catch(() => {}); };
  other.onicecandidate = ({ candidate }) => { one.addIceCandidate(candidate ?? undefined).catch(() => {}); };
  await one.setLocalDescription(await one.createOffer());
  await other.setRemoteDescription(/** @type {any} */ (one.localDescription));
  await other.setLocalDescription(await other.createAnswer());
  await one.setRemoteDescription(/** @type {any} */ (other.localDescription));
  return open;
}

/**
 * The next text that fits, or nil after a while: the channel may lose any of them.
 * @param {RTCDataChannel} channel
 * @param {string} sent
 * @param {(text: string) => boolean} fits
 * @returns {Promise<string | null>}
 */
function ask(channel, sent, fits) {
  return new Promise((resolve) => {
    const finish = (/** @type {string | null} */ text) => {
      clearTimeout(timer);
      channel.removeEventListener('message', take);
      resolve(text);
    };
    const take = (/** @type {MessageEvent} */ { data }) => {
      if (typeof data === 'string' && fits(data)) finish(data);
    };
    const timer = setTimeout(() => finish(null), 1000);
    channel.addEventListener('message', take);
    channel.send(sent);
  });
}

/** @param {RTCDataChannel} channel @returns {Promise<number | null>} The middle one. */
async function roundTrip(channel) {
  const times = [];
  for (let number = 0; number < pings; number += 1) {
    const begun = performance.now();
    const echo = await ask(channel, `ping ${number}`, (text) => text === `ping ${number}`);
    if (echo !== null) times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  return times.length > 0 ? Math.round(times[times.length >> 1] * 10) / 10 : null;
}

/** @param {RTCDataChannel} channel @returns {Promise<number | null>} What arrived in a second. */
async function stream(channel) {
  const chunk = new Uint8Array(chunkBytes);
  const begun = performance.now();
  while (performance.now() - begun < streamMs && channel.readyState === 'open') {
    while (channel.bufferedAmount < bufferedMax) channel.send(chunk);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const answer = await ask(channel, 'count', (text) => text.startsWith('bytes '));
    const took = performance.now() - begun;
    if (answer !== null) return Math.round((8 * Number(answer.slice(6))) / took);
  }
  return null;
}

/** @param {RTCPeerConnection} pc */
async function packets(pc) {
  for (const entry of (await pc.getStats()).values()) {
    if (entry.type === 'candidate-pair' && entry.nominated) {
      return { packetsSent: entry.packetsSent ?? 0, packetsReceived: entry.packetsReceived ?? 0 };
    }
  }
  return {};
}
