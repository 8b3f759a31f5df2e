// STUN and TURN servers with credentials that are still good (S0-20, calls.md 2.10).

/** Used for new connections only while more than this is left, or half of their life. */
const leftMs = 10 * 60_000;
/** Those that were fetched for a restart serve it for so long. */
const preparedMs = 5000;

export class IceServers {
  #clock;
  #refresh;
  /** @type {any[]} */
  #servers = [];
  #expiresAt = Infinity;
  #lifetimeMs = Infinity;
  /** @type {Promise<void> | null} */
  #running = null;
  #preparedAt = -Infinity;

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {() => Promise<any>} refresh Asks the server for fresh ones.
   */
  constructor(clock, refresh) {
    this.#clock = clock;
    this.#refresh = refresh;
  }

  /** @param {any} ice `{iceServers, ttl}`. Its `expires_at` is by another clock than ours. */
  take(ice) {
    if (!Array.isArray(ice?.iceServers)) return;
    this.#servers = ice.iceServers;
    this.#lifetimeMs = Number.isFinite(ice.ttl) ? ice.ttl * 1000 : Infinity;
    this.#expiresAt = this.#clock.now() + this.#lifetimeMs;
  }

  /** For `RTCPeerConnection`. Never `relay` only: the relay may be what is broken (S1-13). */
  get configuration() {
    return { iceServers: this.#servers, iceTransportPolicy: 'all', bundlePolicy: 'max-bundle' };
  }

  get isStale() {
    const left = this.#expiresAt - this.#clock.now();
    return left < leftMs || left < this.#lifetimeMs / 2;
  }

  /**
   * Fetches some for a restart that is likely. Asking shows at once whether the socket still
   * lives: what has cut the media may have cut it, too, and it would not notice before it speaks.
   */
  async prepare() {
    await this.#fetch();
    this.#preparedAt = this.#clock.now();
  }

  /** Fresh ones, or the old ones where none are to be had: a restart is worth trying anyway. */
  async renew() {
    const isPrepared = this.#clock.now() - this.#preparedAt <= preparedMs;
    this.#preparedAt = -Infinity;
    if (!isPrepared) await this.#fetch();
  }

  async #fetch() {
    this.#running ??= this.#refresh().then((ice) => this.take(ice), () => {}).finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  /** Before the first connection of a call. */
  async ensure() {
    if (this.isStale) await this.renew();
  }
}
