// What lets a page that is loaded again take its seats back: per tab, never the session's secret.

const prefix = 'turnstone.seat.';

/** @typedef {{callId: string, token: string, video: boolean, at: number}} Seat */

export class SeatTokens {
  #storage;
  #now;

  /**
   * @param {Storage | null} [storage] Session storage unless told otherwise; nil keeps nothing.
   * @param {() => number} [now]
   */
  constructor(storage = pageStorage(), now = Date.now) {
    this.#storage = storage;
    this.#now = now;
  }

  /** @param {string} callId @param {string} token @param {boolean} video */
  keep(callId, token, video) {
    this.#write(callId, { callId, token, video, at: this.#now() });
  }

  /** @param {string} callId */
  forget(callId) {
    try {
      this.#storage?.removeItem(prefix + callId);
    } catch {
      // Storage may be switched off while the page lives.
    }
  }

  /** @param {string} callId @returns {Seat | null} */
  find(callId) {
    try {
      const text = this.#storage?.getItem(prefix + callId);
      const seat = text ? JSON.parse(text) : null;
      return typeof seat?.token === 'string' ? seat : null;
    } catch {
      return null;
    }
  }

  /** @returns {Seat[]} The newest first. */
  all() {
    const found = [];
    for (let index = 0; index < (this.#storage?.length ?? 0); index += 1) {
      const key = this.#storage?.key(index) ?? '';
      const seat = key.startsWith(prefix) ? this.find(key.slice(prefix.length)) : null;
      if (seat) found.push(seat);
    }
    return found.sort((one, other) => other.at - one.at);
  }

  /** @param {string} callId @param {Seat} seat */
  #write(callId, seat) {
    try {
      this.#storage?.setItem(prefix + callId, JSON.stringify(seat));
    } catch {
      // Full or switched off: the seat is lost with the page, nothing else.
    }
  }
}

/** @returns {Storage | null} */
function pageStorage() {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

/**
 * Whether this page was loaded again, rather than opened or copied from another tab: only then it
 * may take its seats back by itself.
 */
export function isReloadedPage() {
  const [entry] = globalThis.performance?.getEntriesByType?.('navigation') ?? [];
  return /** @type {any} */ (entry)?.type === 'reload';
}
