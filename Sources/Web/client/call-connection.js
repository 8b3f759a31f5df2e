// Media of one call: negotiated, watched, restarted.
import { IceRestart } from './ice-restart.js';
import { Negotiator } from './negotiator.js';
import { arrivedOver, digestOf } from './statistics.js';

/**
 * @typedef {object} CallConnectionOptions
 * @property {import('./call-manager.js').CallContext} context
 * @property {(type: string, data: any) => Promise<any>} send
 * @property {() => boolean} mayRestart
 * @property {() => boolean} isPolite
 * @property {(track: any) => void} onTrack
 * @property {(isUp: boolean) => void} onChange
 * @property {(error: Error) => void} onError
 */

export class CallConnection {
  #options;
  #restart;
  #isClosed = false;
  /** @type {import('./statistics.js').StatisticsDigest | null} */
  #digest = null;
  /** What is said about the connection. */
  negotiator;

  /** @param {CallConnectionOptions} options */
  constructor(options) {
    const { context, send, isPolite, onTrack, onError } = options;
    this.#options = options;
    this.negotiator = new Negotiator({
      clock: context.clock,
      createPeerConnection: context.createPeerConnection,
      configuration: () => context.ice.configuration,
      send,
      isPolite,
      onTrack: (event) => onTrack(event.track),
      onIceState: (state) => this.#iceState(state),
      onError,
    });
    this.#restart = new IceRestart({
      clock: context.clock,
      times: context.times,
      mayRestart: options.mayRestart,
      restart: (how) => this.restartIce(how),
      arrived: () => this.#arrived(),
      prepare: () => context.ice.prepare(),
    });
  }

  get isUp() {
    return this.#restart.isUp;
  }

  /** @param {string} state */
  #iceState(state) {
    if (this.#isClosed) return;
    const wasUp = this.isUp;
    this.#restart.stateChanged(state);
    if (wasUp !== this.isUp) this.#options.onChange(this.isUp);
  }

  /**
   * `performIceRestart` of S0-14: an offer with new ICE, with fresh credentials where there are
   * some (S0-20), from a new peer connection when the old one has failed too often (S0-21).
   * @param {{needsNew?: boolean, isDoubted?: boolean}} [how]
   */
  async restartIce({ needsNew = false, isDoubted = false } = {}) {
    await this.#options.context.ice.renew();
    if (this.#isClosed || (this.isUp && !isDoubted)) return;
    try {
      await this.negotiator.offer({ isRestart: true, needsNew });
    } catch (error) {
      if (!this.#isClosed) this.#options.onError(/** @type {Error} */ (error));
    }
  }

  /** Somebody is back: what could not be offered is, and ICE is restarted if it is down. */
  resume({ restarts = true } = {}) {
    this.negotiator.retry();
    if (restarts) this.#restart.possible();
  }

  /**
   * Nothing is left of the old connection, on either side.
   * @param {number} gen
   * @param {boolean} offers Whether this side makes the offer.
   */
  async startOver(gen, offers) {
    this.#restart.stop();
    this.#restart.stateChanged('new');
    this.#options.onChange(false);
    await this.#options.context.ice.renew();
    await this.negotiator.startOver(gen);
    if (offers) await this.negotiator.offer();
  }

  /** @returns {Promise<import('./statistics.js').StatisticsDigest | null>} */
  async statistics() {
    const report = await this.negotiator.peerConnection?.getStats?.();
    if (!report) return null;
    this.#digest = digestOf(report.values(), this.#digest);
    return this.#digest;
  }

  async #arrived() {
    const report = await this.negotiator.peerConnection?.getStats?.().catch(() => null);
    return report ? arrivedOver(report.values()) : null;
  }

  /** What `call:connected` tells the server. */
  async report() {
    const digest = await this.statistics().catch(() => null);
    if (digest === null || digest.relay === null) return {};
    const { local, remote, protocol, relay } = digest;
    return {
      ...(local && { local }), ...(remote && { remote }), ...(protocol && { protocol }), relay,
    };
  }

  close() {
    this.#isClosed = true;
    this.#restart.stop();
    this.negotiator.close();
  }
}
