// What the plots show: the last 15 minutes of numbers, as the page has seen them.

/** How far back a plot looks. */
export const spanMs = 15 * 60_000;
/** Without an answer for so long the line is broken, not drawn through. */
export const gapMs = 15_000;
/** One for each answer of 15 minutes, and more than enough when the clock of the page jumps. */
const pointsMax = 1000;

/**
 * @typedef {{at: number, values: Record<string, number | null>}} Point
 */

/** @param {Record<string, number> | undefined} counts @param {string[]} [without] */
function sum(counts, without = []) {
  return Object.entries(counts ?? {})
    .reduce((total, [name, value]) => (without.includes(name) ? total : total + value), 0);
}

/**
 * The counters of a status that only grow, until the daemon starts anew.
 * @param {any} status
 */
export function countersOf(status) {
  const total = (/** @type {(worker: any) => number} */ part) => status.workers
    .reduce((/** @type {number} */ all, /** @type {any} */ worker) => all + part(worker), 0);
  return {
    upBytes: total((worker) => worker.up.bytes),
    downBytes: total((worker) => worker.down.bytes),
    upPackets: total((worker) => worker.up.packets),
    downPackets: total((worker) => worker.down.packets),
    challenged: status.stun.errors['401'] ?? 0,
    refused: sum(status.stun.errors, ['401']),
    dropped: total((worker) => sum(worker.drops) + worker.kernelReceiveDrops),
    turnedAway: sum(status.streams?.refused),
  };
}

export class History {
  constructor() {
    /** @type {Point[]} */
    this.points = [];
    /** @type {{at: number, id: string, counters: Record<string, number>} | null} */
    this.last = null;
    /** When another process answered than before; 0: never. */
    this.restartedAt = 0;
  }

  /**
   * Takes what the daemon has said. Numbers that nobody has are null.
   * @param {any} status
   * @param {{calls: number | null, sessions: number | null}} callers
   * @param {number} now Milliseconds.
   */
  add(status, callers, now) {
    const counters = countersOf(status);
    const id = processOf(status, now);
    const rates = this.#rates(counters, id, now);
    this.last = { at: now, id, counters };
    this.points.push({
      at: now,
      values: { allocations: status.allocations.current, ...callers, ...rates },
    });
    const oldest = now - spanMs;
    while (this.points.length > pointsMax || this.points[0]?.at < oldest) this.points.shift();
  }

  /**
   * What grew since the last answer, by the second; null where nothing can be said.
   * @param {Record<string, number>} counters
   * @param {string} id
   * @param {number} now
   */
  #rates(counters, id, now) {
    const { last } = this;
    if (last && !isSameProcess(last.id, id)) this.restartedAt = now;
    const seconds = last ? (now - last.at) / 1000 : 0;
    /** @type {Record<string, number | null>} */
    const rates = {};
    for (const [name, value] of Object.entries(counters)) {
      const grown = last && isSameProcess(last.id, id) && seconds > 0
        ? value - last.counters[name] : -1;
      rates[name] = grown < 0 ? null : grown / seconds;
    }
    return rates;
  }

  /**
   * The points of one number within the time that a plot shows, in pieces without a gap.
   * @param {string} name
   * @param {number} now
   * @returns {{at: number, value: number}[][]}
   */
  pieces(name, now) {
    /** @type {{at: number, value: number}[][]} */
    const pieces = [];
    let before = -Infinity;
    for (const { at, values } of this.points) {
      const value = values[name];
      if (at < now - spanMs || value === null || value === undefined) continue;
      if (at - before > gapMs || pieces.length === 0) pieces.push([]);
      pieces[pieces.length - 1].push({ at, value });
      before = at;
    }
    return pieces;
  }

  /** The answer nearest to a time. @param {number} at @returns {Point | null} */
  nearest(at) {
    let best = null;
    for (const point of this.points) {
      if (!best || Math.abs(point.at - at) < Math.abs(best.at - at)) best = point;
    }
    return best;
  }
}

/**
 * Which process answers: its number and the second it began.
 * @param {any} status
 * @param {number} now
 */
function processOf(status, now) {
  return `${status.processID} ${Math.round(now / 1000 - status.uptimeSeconds)}`;
}

/**
 * The second is off by some where the network or the clock is slow.
 * @param {string} one
 * @param {string} other
 */
function isSameProcess(one, other) {
  const [oneID, oneBegan] = one.split(' ').map(Number);
  const [otherID, otherBegan] = other.split(' ').map(Number);
  return oneID === otherID && Math.abs(oneBegan - otherBegan) < 30;
}
