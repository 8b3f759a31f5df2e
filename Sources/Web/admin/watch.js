// Asks the daemon again and again, and says what it hears; comes back by itself.
import { pathOf, Trouble } from './api.js';

/** Between two rounds. */
export const everyMs = 2000;
/** What changes seldom, or costs the daemon something, is asked for in every fifth round. */
const seldomRounds = 5;
/** With more allocations than this, lists of them are such a thing. */
const manyAllocations = 1000;
/** While nothing answers, the pause grows up to this. */
const pauseMaxMs = 5000;

/**
 * What each round brings; null: this daemon has no such thing.
 * @typedef {object} Facts
 * @property {any} status
 * @property {any} calls
 * @property {any} sessions
 * @property {any} refusals
 * @property {any} allocations
 * @property {any} users
 * @property {any} reports
 * @property {any} level
 *
 * @typedef {object} Listener
 * @property {(facts: Facts) => void} onFacts
 * @property {(trouble: Trouble, retryMs: number) => void} onTrouble
 *   With `retryMs` 0 nothing more is asked.
 *
 * @typedef {{after: (ms: number, act: () => void) => (() => void)}} Clock
 */

const often = {
  calls: pathOf('calls', null, { limit: 50 }),
  sessions: pathOf('sessions', null, { limit: 50 }),
  refusals: pathOf('refusals', null, { limit: 30 }),
};
const heavy = {
  allocations: pathOf('allocations', null, { sort: 'rate', limit: 20 }),
  users: pathOf('users', null, { by: 'rate', limit: 20 }),
};
const seldom = { reports: 'reports', level: 'log-level' };

/** @type {Clock} */
const windowClock = {
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

export class Watch {
  /** @type {(() => void) | null} */
  #cancel = null;
  #isAsking = false;
  #isOver = false;
  #isHurried = false;
  #round = 0;
  #failures = 0;
  /** @type {Record<string, any>} */
  #facts = {};

  /**
   * @param {{send: (path: string) => Promise<any>}} api
   * @param {Listener} listener
   * @param {Clock} [clock]
   */
  constructor(api, listener, clock = windowClock) {
    this.api = api;
    this.listener = listener;
    this.clock = clock;
  }

  start() {
    return this.#ask();
  }

  stop() {
    this.#isOver = true;
    this.#cancel?.();
  }

  /** Asks for everything now, because something was done. */
  hurry() {
    this.#round = 0;
    this.#isHurried = this.#isAsking;
    if (this.#isAsking || this.#isOver) return;
    this.#cancel?.();
    this.#ask();
  }

  async #ask() {
    this.#isAsking = true;
    try {
      await this.#gather();
      if (this.#isOver) return;
      this.#failures = 0;
      this.listener.onFacts(/** @type {Facts} */ (this.#facts));
      this.#wait(this.#isHurried ? 0 : everyMs);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      if (this.#isOver) return;
      this.#failures += 1;
      const retryMs = this.#retryMs(error);
      if (retryMs === 0) this.stop();
      else this.#wait(retryMs);
      this.listener.onTrouble(error, retryMs);
    } finally {
      this.#isAsking = false;
      this.#isHurried = false;
    }
  }

  /** @param {number} ms */
  #wait(ms) {
    this.#cancel = this.clock.after(ms, () => this.#ask());
  }

  async #gather() {
    const status = await this.api.send('status');
    this.#facts.status = status;
    const isSeldom = this.#round % seldomRounds === 0;
    const isLight = status.allocations.current <= manyAllocations;
    const wanted = { ...often, ...(isSeldom || isLight ? heavy : {}), ...(isSeldom ? seldom : {}) };
    this.#round += 1;
    const found = await Promise.all(
      Object.entries(wanted).map(async ([name, path]) => [name, await this.#maybe(path)]));
    for (const [name, answer] of found) this.#facts[name] = answer;
  }

  /** Null for what this daemon does not do. @param {string} path */
  async #maybe(path) {
    try {
      return await this.api.send(path);
    } catch (error) {
      if (error instanceof Trouble && error.kind === 'refused') return null;
      throw error;
    }
  }

  /** @param {Trouble} trouble */
  #retryMs({ kind, retrySeconds }) {
    if (kind === 'token') return 0;
    if (kind === 'held') return retrySeconds * 1000;
    return Math.min(pauseMaxMs, everyMs + 500 * (this.#failures - 1));
  }
}
