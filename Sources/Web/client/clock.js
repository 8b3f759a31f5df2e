// Time and chance, injected everywhere so that tests decide them.

/**
 * @typedef {object} Clock
 * @property {() => number} now Milliseconds since 1970. Wall time, so that sleep is noticed.
 * @property {(callback: () => void, milliseconds: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random From 0 up to, but not including, 1.
 */

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer),
  random: () => Math.random(),
};

/** A timer that is set anew, or not at all: never two of the same kind. */
export class Timer {
  #clock;
  #callback;
  #timer = null;

  /** @param {Clock} clock @param {() => void} callback */
  constructor(clock, callback) {
    this.#clock = clock;
    this.#callback = callback;
  }

  get isSet() {
    return this.#timer !== null;
  }

  /** @param {number} milliseconds */
  set(milliseconds) {
    this.clear();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#callback();
    }, Math.max(0, milliseconds));
  }

  clear() {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/**
 * A name that nobody guesses: 96 bits, safe in paths.
 * @returns {string}
 */
export function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_');
}
