// Reliable messages in their order: each once, none missing, and old ones without ringing (2.2).

const endings = new Set([
  'call:end', 'call:no-answer', 'call:rejected', 'call:answered-elsewhere',
]);

/** What may be done with a message that has come in. */
/** @typedef {'take' | 'duplicate' | 'gap'} Verdict */

export class Replay {
  /** The highest number up to which everything has come. */
  lastSeq = 0;
  #until = 0;
  /** @type {any[]} Messages of a replay that is not complete. */
  #kept = [];

  /** Whether messages are still being repeated that were missed. */
  get isOpen() {
    return this.lastSeq < this.#until;
  }

  /**
   * The session goes on.
   * @param {number} until The number of the last message that is repeated.
   */
  resumed(until) {
    this.#until = until;
  }

  /**
   * A new session: numbers begin again.
   * @param {number} until
   * @param {Set<string>} known The calls that the server still knows; offers of others are dead.
   * @returns {any[]} What had come of the old session and was not passed on yet.
   */
  restarted(until, known) {
    const kept = this.#kept.filter((message) => message.type !== 'call:offer'
      || known.has(message.data.call_id));
    this.#kept = [];
    this.lastSeq = 0;
    this.#until = until;
    return withoutDeadOffers(kept);
  }

  /** @param {number} seq @returns {Verdict} */
  judge(seq) {
    if (seq <= this.lastSeq) return 'duplicate';
    return seq === this.lastSeq + 1 ? 'take' : 'gap';
  }

  /**
   * Takes the next message.
   * @param {any} message
   * @returns {any[]} What may be passed on now.
   */
  take(message) {
    this.lastSeq = message.seq;
    if (message.type !== 'skip') this.#kept.push(message);
    return this.isOpen ? [] : this.flush();
  }

  /** What was kept back, once a replay has nothing more to come. */
  flush() {
    const ready = this.#kept;
    this.#kept = [];
    return withoutDeadOffers(ready);
  }
}

/**
 * An offer that ends further down never rings; its end is still told, for the list of missed
 * calls.
 * @param {any[]} messages
 */
function withoutDeadOffers(messages) {
  const ended = new Map();
  messages.forEach((message, index) => {
    if (endings.has(message.type)) ended.set(message.data.call_id, index);
  });
  const dead = new Set();
  return messages.filter((message, index) => {
    const call = message.data?.call_id;
    if (message.type === 'call:offer' && (ended.get(call) ?? -1) > index) dead.add(call);
    return !dead.has(call) || endings.has(message.type);
  });
}
