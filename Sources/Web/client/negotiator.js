// What is said about a peer connection: offers, answers, generations. The server is the referee
// (calls.md 2.5, rulings 1 and 2).
import { candidatesOf } from './candidates.js';
import { PeerLink } from './peer-link.js';
import { SignalingError } from './signaling-error.js';

/** After an offer that was out of step with the server. */
const retryMs = 500;

/**
 * @typedef {object} NegotiatorOptions
 * @property {import('./clock.js').Clock} clock
 * @property {(configuration: any) => any} createPeerConnection
 * @property {(type: string, data: any) => Promise<any>} send To this call.
 * @property {() => any} configuration For the next peer connection.
 * @property {() => boolean} isPolite For servers that do not decide; ours does.
 * @property {boolean} [hasReferee] Whether offers only arrive that the server has accepted.
 * @property {(event: any) => void} onTrack
 * @property {(state: string) => void} onIceState
 * @property {(error: Error) => void} onError
 */

export class Negotiator {
  #options;
  /** @type {PeerLink} */
  #link;
  #chain = Promise.resolve();
  /** The highest generation that was accepted, as far as is known here. */
  #gen = 0;
  /** Of our offer that waits for its answer; nil when there is none. */
  #offerGen = /** @type {number | null} */ (null);
  /** The first exchange is made by hand; only then `negotiationneeded` counts. */
  #isSettled = false;
  #isWanted = false;
  #wantsRestart = false;
  #isClosed = false;
  /** @type {any} */
  #retry = null;

  /** @param {NegotiatorOptions} options */
  constructor(options) {
    this.#options = options;
    this.#link = new PeerLink({
      ...options,
      sendCandidates: (gen, candidates) => {
        const data = candidates.length === 1 ? { candidate: candidates[0] } : { candidates };
        options.send('call:ice-candidate', { gen, ...data }).catch(() => {});
      },
      onNegotiationNeeded: () => {
        if (this.#isSettled) this.#later(() => this.#offerNow());
      },
    });
  }

  get peerConnection() {
    return this.#link.pc;
  }

  get gen() {
    return this.#gen;
  }

  /** @param {any} track @param {any} stream */
  setTrack(track, stream) {
    return this.#link.setTrack(track, stream);
  }

  /** @param {string} kind */
  removeTrack(kind) {
    return this.#link.removeTrack(kind);
  }

  // The first exchange.

  /** @returns {Promise<any>} The offer of a call that starts. */
  initialOffer() {
    return this.#run(async () => {
      this.#link.open();
      this.#link.addTracks();
      this.#offerGen = 1;
      return this.#link.describe(await this.#link.pc.createOffer(), 1);
    });
  }

  /** The server has taken the call: candidates may follow. */
  accepted() {
    this.#gen = Math.max(this.#gen, 1);
    this.#link.local.open();
  }

  /**
   * Answers the offer that rang.
   * @param {{gen: number, description: any, candidates?: any[]}} offer
   * @returns {Promise<any>} The answer.
   */
  initialAnswer({ gen, description, candidates = [] }) {
    return this.#run(async () => {
      this.#link.open();
      this.#gen = gen;
      await this.#link.pc.setRemoteDescription(description);
      this.#link.addTracks();
      await this.#link.remoteArrived(gen, candidates);
      const answer = await this.#link.describe(await this.#link.pc.createAnswer(), gen);
      this.#isSettled = true;
      return answer;
    });
  }

  /**
   * The answer to the call that started.
   * @param {any} data
   */
  receiveAnswer({ gen, description, candidates = [] }) {
    return this.#run(() => this.#takeAnswer(gen ?? 1, description, candidates));
  }

  // Later exchanges.

  /**
   * Offers anew: with fresh ICE, from a new peer connection, or because there is something to say.
   * @param {{isRestart?: boolean, needsNew?: boolean}} [how]
   */
  offer({ isRestart = false, needsNew = false } = {}) {
    return this.#run(async () => {
      this.#link.local.open();
      const isFresh = isRestart && this.#link.applyConfiguration();
      if (needsNew || !this.#link.isUsable || (isRestart && !isFresh)) this.#replace();
      this.#isSettled = true;
      this.#wantsRestart ||= isRestart && this.#link.pc.localDescription !== null;
      await this.#offerNow();
    });
  }

  /** Offers what could not be offered before. */
  retry() {
    this.#later(async () => {
      if (this.#isWanted) await this.#offerNow();
    });
  }

  /**
   * A description that the server has passed on.
   * @param {any} data
   */
  receiveDescription({ gen, description }) {
    return this.#run(async () => {
      if (description?.type === 'answer') await this.#takeAnswer(gen, description, []);
      else await this.#takeOffer(gen, description);
    });
  }

  /** @param {any} data The data of `call:ice-candidate`. */
  receiveCandidates(data) {
    return this.#run(() => this.#link.receiveCandidates(
      data.gen ?? this.#link.remoteGen, candidatesOf(data)));
  }

  /**
   * The generation that the server names, in its turn among the descriptions.
   * @param {number} gen
   * @param {boolean} [mayFall] Whether the server has begun to count anew.
   */
  adoptGen(gen, mayFall = false) {
    if (!Number.isInteger(gen)) return;
    this.#later(async () => {
      if (!mayFall) {
        this.#gen = Math.max(this.#gen, gen);
      } else if (gen < this.#gen) {
        this.#gen = gen;
        this.#link.remoteGen = Math.min(this.#link.remoteGen, gen);
      }
    });
  }

  /**
   * Both sides build new connections (2.5): nothing of the old one is kept but our tracks.
   * @param {number} gen
   */
  startOver(gen) {
    return this.#run(async () => {
      this.#replace();
      this.#gen = Math.max(this.#gen, gen);
      this.#link.remoteGen = this.#gen;
      this.#link.forgetCandidates();
      this.#link.local.open();
      // Who offers is decided elsewhere; the tracks alone are no reason.
      this.#isSettled = false;
      this.#isWanted = false;
    });
  }

  close() {
    this.#isClosed = true;
    this.#options.clock.clearTimeout(this.#retry);
    this.#link.close();
  }

  // Inside: one thing after the other.

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #run(work) {
    const result = this.#chain.then(async () => {
      if (this.#isClosed) throw new SignalingError('closed');
      return work();
    });
    this.#chain = result.then(() => {}, () => {});
    return result;
  }

  /**
   * What nobody waits for.
   * @param {() => Promise<void>} work
   */
  #later(work) {
    this.#run(work).catch((error) => {
      if (!this.#isClosed) this.#options.onError(error);
    });
  }

  #replace() {
    this.#offerGen = null;
    this.#wantsRestart = false;
    this.#link.replace();
  }

  async #offerNow() {
    this.#isWanted = true;
    // A newer offer takes the place of our own unanswered one only for a restart (ruling 1).
    const { isStable, hasLocalOffer, pc } = this.#link;
    if (!isStable && !(hasLocalOffer && this.#wantsRestart)) return;
    const isRestart = this.#wantsRestart;
    const gen = Math.max(this.#gen, this.#offerGen ?? 0) + 1;
    const offer = await pc.createOffer(isRestart ? { iceRestart: true } : {});
    this.#isWanted = false;
    this.#wantsRestart = false;
    this.#offerGen = gen;
    const description = await this.#link.describe(offer, gen);
    this.#options.send('call:description', { gen, description }).then(
      (reply) => { this.#gen = Math.max(this.#gen, reply?.gen ?? gen); },
      (error) => this.#later(() => this.#offerRefused(gen, isRestart, error)));
  }

  /** @param {number} gen @param {boolean} isRestart @param {any} error */
  async #offerRefused(gen, isRestart, error) {
    // A newer offer of ours has taken its place, or the other side's has won already.
    if (this.#offerGen !== gen) return;
    this.#offerGen = null;
    await this.#link.rollBack();
    // The winner's offer comes; what else we want `negotiationneeded` or ICE will say again.
    if (error.code === 'glare') return;
    this.#isWanted = true;
    this.#wantsRestart = isRestart;
    if (error.code === 'rate_limited') this.#offerLater(error.retryMs ?? retryMs, 0);
    if (error.code === 'stale_gen') this.#offerLater(retryMs, error.details?.gen ?? 0);
  }

  /**
   * @param {number} milliseconds
   * @param {number} gen Was accepted; by then its description has come, if there is one.
   */
  #offerLater(milliseconds, gen) {
    const { clock } = this.#options;
    clock.clearTimeout(this.#retry);
    this.#retry = clock.setTimeout(() => this.#later(async () => {
      this.#gen = Math.max(this.#gen, gen);
      if (this.#isWanted) await this.#offerNow();
    }), milliseconds);
  }

  /** @param {number} gen @param {any} description */
  async #takeOffer(gen, description) {
    if (!(gen > this.#gen)) return;
    const { hasReferee = true, isPolite, send } = this.#options;
    if (this.#link.hasLocalOffer && !hasReferee && !isPolite()) return;
    this.#gen = gen;
    this.#isSettled = true;
    this.#offerGen = null;
    this.#link.local.open();
    if (!this.#link.isUsable || this.#link.isOfAnother(description)) this.#replace();
    else await this.#link.rollBack();
    await this.#link.pc.setRemoteDescription(description);
    this.#link.addTracks();
    await this.#link.remoteArrived(gen, []);
    const answer = await this.#link.describe(await this.#link.pc.createAnswer(), gen);
    send('call:description', { gen, description: answer }).catch(() => {});
    // A restart that we wanted has just been made by the other side.
    this.#isWanted &&= !this.#wantsRestart;
    this.#wantsRestart = false;
    if (this.#isWanted) await this.#offerNow();
  }

  /** @param {number} gen @param {any} description @param {any[]} candidates */
  async #takeAnswer(gen, description, candidates) {
    if (gen !== this.#offerGen || !this.#link.hasLocalOffer) return;
    await this.#link.pc.setRemoteDescription(description);
    this.#offerGen = null;
    this.#gen = Math.max(this.#gen, gen);
    this.#isSettled = true;
    await this.#link.remoteArrived(gen, candidates);
    if (this.#isWanted) await this.#offerNow();
  }
}
