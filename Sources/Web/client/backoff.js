// When to try again (S0-2).

const delays = [1000, 2000, 4000, 8000, 10000];
const jitter = 0.3;

/** Delays of 1, 2, 4, 8 and from then on 10 s, each 30 % longer or shorter by chance. */
export class Backoff {
  #random;
  /** How many attempts were made since the last success. */
  attempts = 0;

  /** @param {() => number} random */
  constructor(random) {
    this.#random = random;
  }

  /** @returns {number} Milliseconds until the next attempt. */
  next() {
    const delay = delays[Math.min(this.attempts, delays.length - 1)];
    this.attempts += 1;
    return Math.round(delay * (1 - jitter + 2 * jitter * this.#random()));
  }

  reset() {
    this.attempts = 0;
  }
}
