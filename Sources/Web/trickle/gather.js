// What one server gives: candidates, errors, and when.

const timeoutMs = 12_000;

/**
 * @typedef {object} Found
 * @property {string} type host, srflx or relay.
 * @property {string} address
 * @property {number} port
 * @property {string} protocol
 * @property {string | null} relayProtocol
 * @property {number} atMs Since the beginning.
 */

/**
 * @typedef {object} Gathered
 * @property {Found[]} candidates
 * @property {{code: number, text: string, atMs: number}[]} errors
 * @property {number} doneMs
 * @property {boolean} isTimedOut
 */

/**
 * Gathers with one server alone, so that its results are its own.
 * @param {import('./servers.js').Target} target
 * @param {(configuration: any) => any} [createPeerConnection]
 * @returns {Promise<Gathered>}
 */
export async function gather(target, createPeerConnection = (how) => new RTCPeerConnection(how)) {
  const { url, username, credential } = target;
  const begun = performance.now();
  const atMs = () => Math.round(performance.now() - begun);
  /** @type {Gathered} */
  const result = { candidates: [], errors: [], doneMs: 0, isTimedOut: false };
  let pc;
  try {
    pc = createPeerConnection({
      iceServers: [{ urls: url, ...(username !== undefined && { username, credential }) }],
      iceTransportPolicy: target.kind === 'turn' ? 'relay' : 'all',
    });
  } catch (error) {
    // An address or a credential that the browser does not take.
    result.errors.push({ code: 0, text: String(/** @type {any} */ (error).message), atMs: atMs() });
    return result;
  }
  try {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        result.isTimedOut = true;
        // Chromium waits for longer than people do before it says 701.
        result.errors.push({ code: 0, text: '', atMs: atMs() });
        resolve(null);
      }, timeoutMs);
      pc.onicecandidate = (/** @type {any} */ { candidate }) => {
        if (candidate?.candidate) result.candidates.push(found(candidate, atMs()));
      };
      pc.onicecandidateerror = (/** @type {any} */ event) => {
        result.errors.push({ code: event.errorCode, text: event.errorText ?? '', atMs: atMs() });
      };
      pc.onicegatheringstatechange = () => {
        if (pc.iceGatheringState !== 'complete') return;
        clearTimeout(timer);
        resolve(null);
      };
      pc.createDataChannel('test');
      pc.createOffer().then((/** @type {any} */ offer) => pc.setLocalDescription(offer)).catch(reject);
    });
  } finally {
    pc.close();
  }
  result.doneMs = atMs();
  return result;
}

/** @param {any} candidate @param {number} atMs @returns {Found} */
function found(candidate, atMs) {
  const words = candidate.candidate.split(' ');
  return {
    type: candidate.type ?? words[7], address: candidate.address ?? words[4],
    port: candidate.port ?? Number(words[5]), protocol: candidate.protocol ?? words[2],
    relayProtocol: candidate.relayProtocol ?? null, atMs,
  };
}
