// ICE candidates on their way: ours in small batches, theirs until their description is there.
import { Timer } from './clock.js';

/** Most candidates of one gathering come together. */
const gatherMs = 50;
const batchMax = 16;
const queueMax = 128;

/** Candidates of this side, sent once the call is known to the server. */
export class LocalCandidates {
  /** @type {Map<number, any[]>} By generation. */
  #batches = new Map();
  #isOpen = false;
  #send;
  #timer;

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {(gen: number, candidates: any[]) => void} send
   */
  constructor(clock, send) {
    this.#send = send;
    this.#timer = new Timer(clock, () => this.flush());
  }

  /** @param {number} gen @param {any} candidate */
  add(gen, candidate) {
    const batch = this.#batches.get(gen) ?? [];
    if (batch.length < queueMax) batch.push(candidate);
    this.#batches.set(gen, batch);
    if (this.#isOpen && !this.#timer.isSet) this.#timer.set(gatherMs);
  }

  /** The server knows the call: candidates may go. */
  open() {
    this.#isOpen = true;
    this.flush();
  }

  flush() {
    if (!this.#isOpen) return;
    this.#timer.clear();
    for (const [gen, batch] of this.#batches) {
      for (let start = 0; start < batch.length; start += batchMax) {
        this.#send(gen, batch.slice(start, start + batchMax));
      }
    }
    this.#batches.clear();
  }

  clear() {
    this.#timer.clear();
    this.#batches.clear();
  }
}

/** Candidates of the other side (S4-7). */
export class RemoteCandidates {
  /** @type {{gen: number, candidate: any}[]} */
  #kept = [];

  /**
   * Keeps what cannot be added yet.
   * @param {number} gen
   * @param {any} candidate
   */
  keep(gen, candidate) {
    if (this.#kept.length < queueMax) this.#kept.push({ gen, candidate });
  }

  /**
   * Those of a generation whose description is there now; older ones are gone for good.
   * @param {number} gen
   * @returns {any[]}
   */
  take(gen) {
    const taken = this.#kept.filter((kept) => kept.gen === gen).map((kept) => kept.candidate);
    this.#kept = this.#kept.filter((kept) => kept.gen > gen);
    return taken;
  }

  clear() {
    this.#kept = [];
  }
}

/**
 * What a peer connection takes: objects as they are, bare lines of older clients made into one.
 * @param {any} candidate
 */
export function candidateInit(candidate) {
  if (typeof candidate !== 'string') return candidate;
  return candidate === '' ? { candidate: '' } : { candidate, sdpMLineIndex: 0 };
}

/**
 * The list of a frame, which holds one or many.
 * @param {any} data
 * @returns {any[]}
 */
export function candidatesOf(data) {
  const list = Array.isArray(data?.candidates) ? [...data.candidates] : [];
  if (data?.candidate !== undefined && data.candidate !== null) list.unshift(data.candidate);
  return list;
}
