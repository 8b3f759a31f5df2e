// When to try again (S0-2).

const standardDelays = [1000, 2000, 4000, 8000, 10000];
const standardJitter = 0.3;

/** Delays of 1, 2, 4, 8 and from then on 10 s, each 30 % longer or shorter by chance. */
export class Backoff {
  #random;
  #delays = standardDelays;
  #jitter = standardJitter;
  /** How many attempts were made since the last success. */
  attempts = 0;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /**
   * What the server wants instead (S3-8). What makes no sense is left as it is.
   * @param {any} config `welcome.config`.
   */
  configure({ reconnect_delays_ms: delays, reconnect_jitter: jitter } = {}) {
    if (Array.isArray(delays) && delays.length > 0 && delays.every((delay) => delay >= 100)) {
      this.#delays = delays;
    }
    if (jitter >= 0 && jitter <= 1) this.#jitter = jitter;
  }

  /** @returns {number} Milliseconds until the next attempt. */
  next() {
    const delay = this.#delays[Math.min(this.attempts, this.#delays.length - 1)];
    this.attempts += 1;
    return Math.round(delay * (1 - this.#jitter + 2 * this.#jitter * this.#random()));
  }

  reset() {
    this.attempts = 0;
  }
}
