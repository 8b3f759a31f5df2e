// The numbers on top: one word and one value each.
import { part } from '../app/page.js';
import { count, duration, plural } from './units.js';

/** Certificates that run out sooner are told in red. */
const soonSeconds = 14 * 86_400;

/**
 * @typedef {{name: string, value: string, note?: string, isBad?: boolean}} Tile
 */

/**
 * @param {any} status
 * @param {any} sessions
 * @returns {Tile[]}
 */
export function tilesOf(status, sessions) {
  const { allocations, ports, workers, certificates } = status;
  const online = sessions?.sessions.filter((/** @type {any} */ one) => one.online).length ?? 0;
  const isCut = sessions !== null && sessions.matched > sessions.sessions.length;
  return [
    {
      name: 'State', value: status.draining ? 'draining' : 'open',
      note: status.draining ? 'takes nobody new' : 'takes everybody', isBad: status.draining,
    },
    {
      name: 'Allocations', value: count(allocations.current),
      note: allocations.max === undefined ? 'no bound' : `of ${count(allocations.max)}`,
      isBad: allocations.current >= allocations.max,
    },
    ...(sessions === null ? [] : [{
      name: 'Signed in', value: count(sessions.matched), note: isCut ? '' : `${online} here`,
    }]),
    {
      name: 'Relay ports', value: count(ports.inUse),
      note: `of ${count(ports.last - ports.first + 1)}`,
    },
    { name: 'Relay threads', value: String(workers.length), note: busiest(workers) },
    ...certificateTile(certificates),
    { name: 'Up for', value: duration(status.uptimeSeconds), note: `process ${status.processID}` },
    { name: 'Turnstone', value: status.version, note: status.realm },
  ];
}

/** @param {any[]} workers */
function busiest(workers) {
  const most = Math.max(0, ...workers.map(({ allocations }) => allocations));
  return most === 0 ? 'idle' : `up to ${plural(most, 'allocation')}`;
}

/** The one that runs out first. @param {any[]} certificates @returns {Tile[]} */
function certificateTile(certificates) {
  if (certificates.length === 0) return [];
  const [first] = [...certificates].sort((a, b) => a.expiresInSeconds - b.expiresInSeconds);
  const isOver = first.expiresInSeconds <= 0;
  return [{
    name: 'Certificate',
    value: isOver ? 'has expired' : duration(first.expiresInSeconds),
    note: first.names[0] ?? first.file,
    isBad: first.expiresInSeconds < soonSeconds,
  }];
}

/** @param {Tile[]} tiles Elements of the same name stay. */
export function showTiles(tiles) {
  const list = part('tiles');
  const there = new Map([...list.children].map((one) => [one.dataset.name, one]));
  list.replaceChildren(...tiles.map(({ name, value, note = '', isBad }) => {
    const tile = there.get(name) ?? emptyTile(name);
    tile.classList.toggle('bad', Boolean(isBad));
    const [words, remark] = tile.querySelectorAll('dd');
    words.textContent = value;
    remark.textContent = note;
    return tile;
  }));
}

/** @param {string} name */
function emptyTile(name) {
  const tile = document.createElement('div');
  tile.className = 'tile';
  tile.dataset.name = name;
  const term = document.createElement('dt');
  term.textContent = name;
  const note = document.createElement('dd');
  note.className = 'hint';
  tile.append(term, document.createElement('dd'), note);
  return tile;
}
