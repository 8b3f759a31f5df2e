// One RTCPeerConnection of one call, replaced when it is of no more use (S1-4, S0-21).
import { LocalCandidates, RemoteCandidates, candidateInit } from './candidates.js';

/**
 * @typedef {object} PeerLinkOptions
 * @property {import('./clock.js').Clock} clock
 * @property {(configuration: any) => any} createPeerConnection
 * @property {() => any} configuration For the next peer connection.
 * @property {(gen: number, candidates: any[]) => void} sendCandidates
 * @property {(event: any) => void} onTrack
 * @property {(state: string) => void} onIceState
 * @property {() => void} onNegotiationNeeded
 */

export class PeerLink {
  #options;
  /** @type {any} */
  #pc = null;
  /** @type {Map<string, {track: any, stream: any}>} What is sent, by kind. */
  #tracks = new Map();
  #remote = new RemoteCandidates();
  /** What our present description belongs to. */
  #localGen = 0;
  /** What their present description belongs to. */
  remoteGen = 0;
  /** Ours, to be opened once the server knows the call. */
  local;

  /** @param {PeerLinkOptions} options */
  constructor(options) {
    this.#options = options;
    this.local = new LocalCandidates(options.clock, options.sendCandidates);
  }

  get pc() {
    return this.#pc;
  }

  get isUsable() {
    return this.#pc !== null && this.#pc.signalingState !== 'closed'
      && this.#pc.connectionState !== 'closed';
  }

  get isStable() {
    return this.#pc?.signalingState === 'stable';
  }

  get hasLocalOffer() {
    return this.#pc?.signalingState === 'have-local-offer';
  }

  open() {
    if (this.#pc) return;
    const pc = this.#options.createPeerConnection(this.#options.configuration());
    this.#pc = pc;
    // A connection that was replaced may still have something to say.
    const current = (/** @type {(event: any) => void} */ handle) => (/** @type {any} */ event) => {
      if (this.#pc === pc) handle(event);
    };
    pc.onicecandidate = current(({ candidate }) => {
      const init = candidate ? candidate.toJSON?.() ?? candidate : { candidate: '' };
      this.local.add(this.#localGen, init);
    });
    pc.ontrack = current((event) => this.#options.onTrack(event));
    pc.oniceconnectionstatechange = current(() => this.#options.onIceState(pc.iceConnectionState));
    pc.onnegotiationneeded = current(() => this.#options.onNegotiationNeeded());
  }

  replace() {
    this.drop();
    this.open();
    this.addTracks();
  }

  drop() {
    const pc = this.#pc;
    this.#pc = null;
    pc?.close();
  }

  close() {
    this.local.clear();
    this.#remote.clear();
    this.drop();
    this.#tracks.clear();
  }

  /**
   * Fresh credentials for the next gathering (S0-20).
   * @returns {boolean} Whether it took them.
   */
  applyConfiguration() {
    try {
      this.#pc.setConfiguration(this.#options.configuration());
      return true;
    } catch {
      return false;
    }
  }

  // Tracks.

  /**
   * Sends a track, instead of the one of its kind that was sent before.
   * @param {any} track
   * @param {any} stream
   */
  async setTrack(track, stream) {
    this.#tracks.set(track.kind, { track, stream });
    const sender = this.#senderOf(track.kind);
    if (sender) await sender.replaceTrack(track);
    else if (this.#pc) this.#pc.addTrack(track, stream);
  }

  /** @param {string} kind */
  async removeTrack(kind) {
    this.#tracks.delete(kind);
    await this.#senderOf(kind)?.replaceTrack(null);
  }

  /** What is to be sent and is not yet: onto the transceivers of an offer where there are some. */
  addTracks() {
    for (const { track, stream } of this.#tracks.values()) {
      if (!this.#pc.getSenders().some((/** @type {any} */ sender) => sender.track === track)) {
        this.#pc.addTrack(track, stream);
      }
    }
  }

  /** @param {string} kind */
  #senderOf(kind) {
    const sends = (/** @type {any} */ one) => one.sender.track?.kind === kind
      || (one.sender.track === null && one.receiver?.track?.kind === kind
        && /send/.test(one.direction));
    return this.#pc?.getTransceivers?.().find(sends)?.sender ?? null;
  }

  // Descriptions.

  /**
   * Makes a description ours.
   * @param {any} description
   * @param {number} gen
   * @returns {Promise<{type: string, sdp: string}>} As it is to be sent.
   */
  async describe(description, gen) {
    this.#localGen = gen;
    await this.#pc.setLocalDescription(description);
    const { type, sdp } = this.#pc.localDescription ?? description;
    return { type, sdp };
  }

  /** Takes our unanswered offer back. */
  async rollBack() {
    if (!this.hasLocalOffer) return;
    try {
      await this.#pc.setLocalDescription({ type: 'rollback' });
    } catch {
      this.replace();
    }
  }

  /**
   * Whether an offer comes from a new peer connection: the session of its `o=` line has another
   * number (RFC 8829 §5.2.1). Ours cannot follow it.
   * @param {any} description
   */
  isOfAnother(description) {
    const before = originOf(this.#pc?.remoteDescription?.sdp);
    const now = originOf(description?.sdp);
    return before !== null && now !== null && before !== now;
  }

  // Their candidates.

  /** @param {number} gen @param {any[]} candidates */
  async remoteArrived(gen, candidates) {
    this.remoteGen = gen;
    await this.#add([...candidates, ...this.#remote.take(gen)]);
  }

  /** @param {number} gen @param {any[]} candidates */
  async receiveCandidates(gen, candidates) {
    if (gen === this.remoteGen && this.#pc?.remoteDescription) await this.#add(candidates);
    else if (gen >= this.remoteGen) for (const one of candidates) this.#remote.keep(gen, one);
  }

  forgetCandidates() {
    this.#remote.clear();
  }

  /**
   * One that is refused does not harm the others (S4-7).
   * @param {any[]} candidates
   */
  async #add(candidates) {
    for (const candidate of candidates) {
      try {
        await this.#pc.addIceCandidate(candidateInit(candidate));
      } catch {
        // Of another description, or of a kind that this browser does not know.
      }
    }
  }
}

/** @param {string | undefined} sdp @returns {string | null} */
function originOf(sdp) {
  return /^o=\S+ (\S+) /m.exec(sdp ?? '')?.[1] ?? null;
}
