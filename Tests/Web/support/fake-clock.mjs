// Time that stands still until a test moves it, and chance that a seed decides.

/** Numbers from 0 to 1, the same for the same seed. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class FakeClock {
  time = 1_000_000;
  #timers = new Map();
  #next = 1;

  /** `random` 0.5 takes the jitter out. */
  constructor(random = () => 0.5) {
    this.random = random;
  }

  now = () => this.time;

  setTimeout = (callback, milliseconds) => {
    const timer = this.#next++;
    this.#timers.set(timer, { due: this.time + milliseconds, callback });
    return timer;
  };

  clearTimeout = (timer) => this.#timers.delete(timer);

  get timerCount() {
    return this.#timers.size;
  }

  /** Lets time pass; what is due happens in its order, with its promises. */
  async pass(milliseconds) {
    const end = this.time + milliseconds;
    await settle();
    for (;;) {
      let first = null;
      for (const [timer, entry] of this.#timers) {
        if (entry.due <= end && (first === null || entry.due < first.entry.due)) {
          first = { timer, entry };
        }
      }
      if (first === null) break;
      this.#timers.delete(first.timer);
      this.time = Math.max(this.time, first.entry.due);
      first.entry.callback();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets every promise that can go on go on. */
export async function settle() {
  for (let turn = 0; turn < 30; turn += 1) await null;
}
