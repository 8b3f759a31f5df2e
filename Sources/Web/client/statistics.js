// What `getStats` says, in the few numbers that people want to see.

/**
 * @typedef {object} StatisticsDigest
 * @property {number} at Milliseconds, by the clock of the report.
 * @property {boolean | null} relay Whether media goes through a relay; nil before a path is chosen.
 * @property {string | null} local Type of our candidate: host, srflx, prflx, relay.
 * @property {string | null} remote Type of theirs.
 * @property {string | null} protocol Towards the relay if there is one: udp, tcp, tls.
 * @property {number | null} rttMs
 * @property {number | null} lossPercent Of what was sent to us, since the digest before.
 * @property {number | null} inKbps
 * @property {number | null} outKbps
 * @property {number | null} frameHeight Of their picture.
 * @property {number | null} framesPerSecond
 * @property {'good' | 'fair' | 'poor' | 'unknown'} quality
 * @property {{in: number, out: number, received: number, lost: number}} counters For the next one.
 */

/**
 * @param {Iterable<any>} report The values of an `RTCStatsReport`.
 * @param {StatisticsDigest | null} [before] The digest before, for what is measured over time.
 * @returns {StatisticsDigest}
 */
export function digestOf(report, before = null) {
  const entries = [...report];
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const pair = selectedPair(entries, byId);
  const local = byId.get(pair?.localCandidateId);
  const remote = byId.get(pair?.remoteCandidateId);
  const inbound = entries.filter((entry) => entry.type === 'inbound-rtp');
  const video = inbound.find((entry) => entry.kind === 'video');
  const at = pair?.timestamp ?? entries[0]?.timestamp ?? 0;
  const counters = {
    in: pair?.bytesReceived ?? 0,
    out: pair?.bytesSent ?? 0,
    received: sum(inbound, 'packetsReceived'),
    lost: sum(inbound, 'packetsLost'),
  };
  const rttMs = milliseconds(pair?.currentRoundTripTime);
  const lossPercent = loss(counters, before?.counters);
  return {
    at,
    relay: pair ? isRelay(local) || isRelay(remote) : null,
    local: local?.candidateType ?? null,
    remote: remote?.candidateType ?? null,
    protocol: local?.relayProtocol ?? local?.protocol ?? null,
    rttMs,
    lossPercent,
    inKbps: rate(counters.in, before?.counters.in, at, before?.at),
    outKbps: rate(counters.out, before?.counters.out, at, before?.at),
    frameHeight: video?.frameHeight ?? null,
    framesPerSecond: video?.framesPerSecond ?? null,
    quality: qualityOf(rttMs, lossPercent, pair !== undefined),
    counters,
  };
}

/**
 * A number that rises with whatever arrives on the present path, media or a sign of life.
 * @param {Iterable<any>} report The values of an `RTCStatsReport`.
 * @returns {number | null} Nil where the browser does not say.
 */
export function arrivedOver(report) {
  const entries = [...report];
  const pair = selectedPair(entries, new Map(entries.map((entry) => [entry.id, entry])));
  return pair?.bytesReceived === undefined ? null
    : ['bytesReceived', 'responsesReceived', 'requestsReceived']
      .reduce((total, name) => total + sum([pair], name), 0);
}

/** @param {any[]} entries @param {Map<string, any>} byId */
function selectedPair(entries, byId) {
  const transport = entries.find((entry) => entry.type === 'transport'
    && entry.selectedCandidatePairId);
  if (transport) return byId.get(transport.selectedCandidatePairId);
  // Firefox names it in the pair.
  const pairs = entries.filter((entry) => entry.type === 'candidate-pair');
  return pairs.find((pair) => pair.selected)
    ?? pairs.find((pair) => pair.nominated && pair.state === 'succeeded');
}

/** @param {any} candidate */
function isRelay(candidate) {
  return candidate?.candidateType === 'relay';
}

/** @param {any[]} entries @param {string} name */
function sum(entries, name) {
  return entries.reduce((total, entry) => total + (entry[name] ?? 0), 0);
}

/** @param {number | undefined} seconds */
function milliseconds(seconds) {
  return seconds === undefined ? null : Math.round(seconds * 1000);
}

/**
 * @param {{received: number, lost: number}} now
 * @param {{received: number, lost: number} | undefined} before
 */
function loss(now, before) {
  const received = now.received - (before?.received ?? 0);
  const lost = Math.max(0, now.lost - (before?.lost ?? 0));
  // A new peer connection counts from zero.
  if (received < 0 || received + lost === 0) return null;
  return Math.round((1000 * lost) / (received + lost)) / 10;
}

/**
 * @param {number} now
 * @param {number | undefined} before
 * @param {number} at
 * @param {number | undefined} beforeAt
 */
function rate(now, before, at, beforeAt) {
  if (before === undefined || beforeAt === undefined || at <= beforeAt || now < before) return null;
  return Math.round((8 * (now - before)) / (at - beforeAt));
}

/**
 * ITU-T G.114 calls 150 ms one way good; a round trip of 300 ms is that. Speech codecs hide 1 to
 * 2 % of loss, and 5 % is heard.
 * @param {number | null} rttMs
 * @param {number | null} lossPercent
 * @param {boolean} isKnown
 * @returns {'good' | 'fair' | 'poor' | 'unknown'}
 */
function qualityOf(rttMs, lossPercent, isKnown) {
  if (!isKnown) return 'unknown';
  if ((rttMs ?? 0) > 500 || (lossPercent ?? 0) > 5) return 'poor';
  return (rttMs ?? 0) > 300 || (lossPercent ?? 0) > 1.5 ? 'fair' : 'good';
}
