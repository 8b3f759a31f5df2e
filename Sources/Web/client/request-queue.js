// Requests that wait for an answer, and those that wait to be sent (S3-3, rulings 5 and 6).
import { Timer } from './clock.js';
import { isIdempotent, policyOf, survivesSession } from './request-policy.js';
import { SignalingError } from './signaling-error.js';

/** The server refuses more (ruling 5). */
const unansweredMax = 32;
const waitingMax = 256;

/**
 * @typedef {object} Entry
 * @property {number | null} id Nil until it is sent.
 * @property {string} type
 * @property {any} data
 * @property {number | undefined} expiresAt When it is no longer worth sending, by the clock.
 * @property {boolean} isGivenUp Nobody waits for the answer any more; the id is used all the same.
 * @property {boolean} wasResent
 * @property {number} sentAt
 * @property {Timer} timer
 * @property {(data: any) => void} resolve
 * @property {(error: Error) => void} reject
 */

export class RequestQueue {
  #clock;
  #write;
  #onChange;
  /** @type {Entry[]} In the order of their ids. */
  #unanswered = [];
  /** @type {Entry[]} */
  #waiting = [];
  #lastId = 0;
  #isOnline = false;

  /**
   * @param {object} options
   * @param {import('./clock.js').Clock} options.clock
   * @param {(frame: {type: string, id: number, data: any}) => void} options.write
   * @param {(count: number) => void} [options.onChange] Told how many are not answered.
   */
  constructor({ clock, write, onChange = () => {} }) {
    this.#clock = clock;
    this.#write = write;
    this.#onChange = onChange;
  }

  /** How many wait to be sent or answered. */
  get count() {
    return this.#waiting.length + this.#unanswered.filter((entry) => !entry.isGivenUp).length;
  }

  /** When the oldest unanswered request was sent; nil when all are answered. */
  get oldestSentAt() {
    return this.#isOnline && this.#unanswered.length > 0 ? this.#unanswered[0].sentAt : null;
  }

  /**
   * @param {string} type
   * @param {any} data
   * @param {{expiresAt?: number, isFirst?: boolean}} [options]
   * @returns {Promise<any>} The data of the answer.
   */
  add(type, data, { expiresAt, isFirst = false } = {}) {
    const policy = policyOf(type);
    if (!this.#isOnline && !policy.isQueued) {
      return Promise.reject(new SignalingError('offline'));
    }
    if (this.#waiting.length >= waitingMax) {
      return Promise.reject(new SignalingError('queue_full'));
    }
    this.#dropReplaced(policy, type, data);
    return new Promise((resolve, reject) => {
      /** @type {Entry} */
      const entry = {
        id: null, type, data, expiresAt, isGivenUp: false, wasResent: false, sentAt: 0,
        timer: new Timer(this.#clock, () => this.#expire(entry)), resolve, reject,
      };
      if (isFirst) this.#waiting.unshift(entry);
      else this.#waiting.push(entry);
      if (!this.#isOnline) this.#watch(entry);
      this.#send();
    });
  }

  /** The connection is gone. What waits may run out of time now. */
  disconnected() {
    if (!this.#isOnline) return;
    this.#isOnline = false;
    for (const entry of this.#all()) this.#watch(entry);
  }

  /**
   * The session goes on. Numbers that the server has not seen are given out anew, so that none is
   * left out; what it has seen is sent again and answered from its memory.
   * @param {number} lastId The last number that the server has seen.
   */
  resumed(lastId) {
    const seen = this.#unanswered.filter((entry) => /** @type {number} */ (entry.id) <= lastId);
    const unseen = this.#unanswered.filter((entry) => !seen.includes(entry) && !entry.isGivenUp);
    this.#unanswered = seen;
    this.#lastId = lastId;
    for (const entry of unseen) entry.id = null;
    this.#waiting = [...unseen, ...this.#waiting];
    for (const entry of seen) entry.wasResent = true;
    this.begin();
  }

  /**
   * A new session has begun: what belonged to the old one is given back, the rest is numbered from
   * 1 (ruling 5). Nothing is sent before `begin`.
   * @param {Set<string>} known The calls that the server knows.
   */
  restarted(known) {
    const all = this.#all();
    this.#unanswered = [];
    this.#waiting = [];
    this.#lastId = 0;
    for (const entry of all) {
      entry.id = null;
      if (entry.isGivenUp) continue;
      if (survivesSession(entry.type, entry.data?.call_id, known)) this.#waiting.push(entry);
      else this.#settle(entry, () => entry.reject(new SignalingError('session_lost')));
    }
  }

  /** There is a connection: sends what it can. */
  begin() {
    this.#isOnline = true;
    for (const entry of this.#all()) entry.timer.clear();
    for (const entry of this.#unanswered) this.#writeEntry(entry);
    this.#send();
  }

  /**
   * Takes an answer.
   * @param {number} id
   * @param {any} data
   * @param {boolean} isError
   */
  answered(id, data, isError) {
    const index = this.#unanswered.findIndex((entry) => entry.id === id);
    // Answered twice: from memory on resumption, and once more because it was sent again.
    if (index < 0) return;
    const [entry] = this.#unanswered.splice(index, 1);
    if (isError && entry.wasResent && data?.code === 'bad_request' && isIdempotent(entry.type)) {
      this.#askAgain(entry);
    } else if (isError) {
      this.#settle(entry, () => entry.reject(SignalingError.of(data)));
    } else {
      this.#settle(entry, () => entry.resolve(data));
    }
    this.#send();
  }

  /** Nothing will be sent any more. */
  close() {
    this.#isOnline = false;
    const all = this.#all();
    this.#unanswered = [];
    this.#waiting = [];
    for (const entry of all) {
      this.#settle(entry, () => entry.reject(new SignalingError('closed')));
    }
  }

  #all() {
    return [...this.#unanswered, ...this.#waiting];
  }

  /**
   * The server has forgotten what it answered. Asking under a new number does it at most once.
   * @param {Entry} entry
   */
  #askAgain(entry) {
    entry.id = null;
    entry.wasResent = false;
    if (!entry.isGivenUp) this.#waiting.unshift(entry);
  }

  #send() {
    while (this.#isOnline && this.#waiting.length > 0 && this.#unanswered.length < unansweredMax) {
      const entry = /** @type {Entry} */ (this.#waiting.shift());
      this.#lastId += 1;
      entry.id = this.#lastId;
      this.#unanswered.push(entry);
      this.#writeEntry(entry);
    }
    this.#onChange(this.count);
  }

  /** @param {Entry} entry */
  #writeEntry(entry) {
    entry.timer.clear();
    entry.sentAt = this.#clock.now();
    this.#write({ type: entry.type, id: /** @type {number} */ (entry.id), data: entry.data });
  }

  /**
   * @param {import('./request-policy.js').RequestPolicy} policy
   * @param {string} type
   * @param {any} data
   */
  #dropReplaced(policy, type, data) {
    const { replaces } = policy;
    if (!replaces) return;
    const replaced = this.#waiting.filter((entry) => entry.type === type
      && entry.data.call_id === data.call_id && replaces(entry.data, data));
    this.#waiting = this.#waiting.filter((entry) => !replaced.includes(entry));
    for (const entry of replaced) {
      this.#settle(entry, () => entry.reject(new SignalingError('expired')));
    }
  }

  /**
   * Lets the entry run out of time while there is no connection.
   * @param {Entry} entry
   */
  #watch(entry) {
    if (entry.isGivenUp) return;
    const limits = [];
    const { offlineMs } = policyOf(entry.type);
    if (offlineMs !== undefined) limits.push(offlineMs);
    if (entry.expiresAt !== undefined) limits.push(entry.expiresAt - this.#clock.now());
    if (!policyOf(entry.type).isQueued) limits.push(0);
    if (limits.length > 0) entry.timer.set(Math.min(...limits));
  }

  /**
   * A number that was given out stays taken: the server may have seen it.
   * @param {Entry} entry
   */
  #expire(entry) {
    if (entry.id === null) this.#waiting = this.#waiting.filter((other) => other !== entry);
    entry.isGivenUp = true;
    const code = policyOf(entry.type).isQueued ? 'expired' : 'offline';
    entry.reject(new SignalingError(code));
    this.#onChange(this.count);
  }

  /** @param {Entry} entry @param {() => void} finish */
  #settle(entry, finish) {
    entry.timer.clear();
    if (!entry.isGivenUp) finish();
  }
}
