// When ICE is restarted (S0-12, S0-13, calls.md 2.5).
import { Timer } from './clock.js';

/** What holds where `welcome.config` says nothing. Milliseconds. */
const defaultTimes = {
  /** S0-12: many a path comes back by itself. */
  ice_disconnected_ms: 3000,
  /** The server takes one restart in so long from each side. */
  ice_restart_interval_ms: 5000,
};
/** After a restart that brought nothing. */
const retryMs = 12_000;
/** After so many a new peer connection is tried (S0-21). */
const triesOfOne = 3;

export class IceRestart {
  #clock;
  #times;
  #mayRestart;
  #restart;
  #arrived;
  #prepare;
  #timer;
  #look;
  #state = 'new';
  #tries = 0;
  #lastAt = -Infinity;
  /** Media is wanted again as soon as a restart is possible. */
  #isWanted = false;
  /** What had arrived when the doubt arose. */
  #arrivedBefore = 0;

  /**
   * @param {object} options
   * @param {import('./clock.js').Clock} options.clock
   * @param {() => Record<string, any>} options.times What the server says.
   * @param {() => boolean} options.mayRestart Whether both sides reach the server.
   * @param {(how: {needsNew: boolean, isDoubted?: boolean}) => void} options.restart `isDoubted`:
   *   ICE still calls the path connected.
   * @param {() => Promise<number | null>} options.arrived A number that rises as long as the path
   *   lives; nil when it is not known.
   * @param {() => void} options.prepare A restart is likely.
   */
  constructor({ clock, times, mayRestart, restart, arrived, prepare }) {
    this.#clock = clock;
    this.#times = times;
    this.#mayRestart = mayRestart;
    this.#restart = restart;
    this.#arrived = arrived;
    this.#prepare = prepare;
    this.#timer = new Timer(clock, () => this.#due());
    this.#look = new Timer(clock, () => this.#judge());
  }

  get isUp() {
    return this.#state === 'connected' || this.#state === 'completed';
  }

  /** @param {string} state `iceConnectionState`. */
  stateChanged(state) {
    this.#state = state;
    if (this.isUp) {
      this.#tries = 0;
      this.#isWanted = false;
      this.#timer.clear();
    } else if (state === 'disconnected') {
      this.#isWanted = true;
      this.#timer.set(this.#time('ice_disconnected_ms'));
      this.#prepare();
    } else if (state === 'failed') {
      this.#isWanted = true;
      this.#due();
    }
  }

  /** Somebody is back: a restart that had to wait is made, or one that is needed anyway. */
  possible() {
    if (this.isUp) {
      this.#doubt();
      return;
    }
    this.#isWanted = true;
    this.#due();
  }

  /**
   * Whatever has taken the socket away often takes the path along: another network, or a server
   * that has lost its relays. ICE sees that only after five to ten seconds.
   */
  async #doubt() {
    const arrived = await this.#arrived();
    if (arrived === null || !this.isUp) return;
    this.#arrivedBefore = arrived;
    this.#look.set(this.#time('ice_disconnected_ms'));
  }

  async #judge() {
    const isDead = await this.#arrived() === this.#arrivedBefore;
    if (!isDead || !this.isUp || !this.#mayRestart() || this.#early() > 0) return;
    this.#lastAt = this.#clock.now();
    this.#restart({ needsNew: false, isDoubted: true });
  }

  stop() {
    this.#look.clear();
    this.#timer.clear();
    this.#isWanted = false;
  }

  #due() {
    if (!this.#isWanted || this.isUp || !this.#mayRestart()) return;
    const early = this.#early();
    if (early > 0) {
      this.#timer.set(early);
      return;
    }
    this.#lastAt = this.#clock.now();
    this.#tries += 1;
    this.#timer.set(retryMs);
    this.#restart({ needsNew: this.#tries > triesOfOne });
  }

  /** How long the next restart has to wait. */
  #early() {
    return this.#lastAt + this.#time('ice_restart_interval_ms') - this.#clock.now();
  }

  /** @param {keyof typeof defaultTimes} name */
  #time(name) {
    const value = this.#times()[name];
    return Number.isFinite(value) ? value : defaultTimes[name];
  }
}
