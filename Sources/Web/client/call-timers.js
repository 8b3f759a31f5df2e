// The phases of a call that may take too long; the server may say how long (S3-8).
import { Timer } from './clock.js';

/** What holds where `welcome.config` says nothing. Milliseconds. */
export const defaultTimes = {
  /** S3-4: until nobody has answered. */
  ring_ms: 60_000,
  /** S3-6: until media flows. */
  connect_ms: 28_000,
  /** S0-15: until the words for an absent peer change. */
  peer_wait_ms: 30_000,
};

/** The server speaks first; this side only makes sure that nothing rings for ever. */
const graceMs = 5000;

export class CallTimers {
  #times;
  #ring;
  #connect;
  #peerWait;

  /**
   * @param {import('./clock.js').Clock} clock
   * @param {() => Record<string, any>} times
   * @param {{noAnswer: () => void, notConnected: () => void, peerAway: () => void}} handlers
   */
  constructor(clock, times, { noAnswer, notConnected, peerAway }) {
    this.#times = times;
    this.#ring = new Timer(clock, noAnswer);
    this.#connect = new Timer(clock, notConnected);
    this.#peerWait = new Timer(clock, peerAway);
  }

  /** @param {number} [leftMs] What the server says is left. */
  startRinging(leftMs) {
    this.#ring.set((leftMs ?? this.#time('ring_ms')) + graceMs);
  }

  stopRinging() {
    this.#ring.clear();
  }

  /** In full: also when both sides are back (ruling 11). */
  startConnecting() {
    this.#connect.set(this.#time('connect_ms'));
  }

  stopConnecting() {
    this.#connect.clear();
  }

  startWaiting() {
    this.#peerWait.set(this.#time('peer_wait_ms'));
  }

  stopWaiting() {
    this.#peerWait.clear();
  }

  stop() {
    this.stopRinging();
    this.stopConnecting();
    this.stopWaiting();
  }

  /** @param {keyof typeof defaultTimes} name */
  #time(name) {
    const value = this.#times()[name];
    return Number.isFinite(value) ? value : defaultTimes[name];
  }
}
