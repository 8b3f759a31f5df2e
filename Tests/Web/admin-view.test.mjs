// The administration: what it keeps of what it heard, and what it shows of that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gapMs, History, spanMs } from '../../Sources/Web/admin/history.js';
import { keyed } from '../../Sources/Web/admin/list.js';
import { listSpecs, remark } from '../../Sources/Web/admin/lists.js';
import { ceilingOf, pathOf } from '../../Sources/Web/admin/plot.js';
import { plotSpecs } from '../../Sources/Web/admin/plots.js';
import { tilesOf } from '../../Sources/Web/admin/tiles.js';
import { bitRate, bytes, count, duration, rate } from '../../Sources/Web/admin/units.js';
import { status } from './support/admin-status.mjs';

const later = (seconds, change = {}) => {
  const next = status({ uptimeSeconds: 100 + seconds, ...change });
  next.workers[0].up = { bytes: 1000 + 500 * seconds, packets: 10 + 20 * seconds };
  return next;
};
const callers = { calls: 1, sessions: 2 };

test('Rates are what grew since the last answer; the first answer has none', () => {
  const history = new History();
  history.add(status(), callers, 10_000);
  history.add(later(2), callers, 12_000);
  const [first, second] = history.points.map(({ values }) => values);
  assert.equal(first.upBytes, null);
  assert.deepEqual([first.allocations, first.calls, first.sessions], [3, 1, 2]);
  assert.deepEqual([second.upBytes, second.upPackets, second.downBytes], [500, 20, 0]);
  assert.deepEqual([second.challenged, second.refused, second.dropped], [0, 0, 0]);
  for (const { lines } of plotSpecs) {
    for (const { name } of lines) assert.ok(name in second, name);
  }
});

test('A daemon that was restarted draws no line down into the depth', () => {
  const history = new History();
  history.add(later(0), callers, 0);
  history.add(later(2), callers, 2000);
  assert.equal(history.restartedAt, 0);
  history.add(status({ uptimeSeconds: 0, processID: 8 }), callers, 4000);
  assert.equal(history.restartedAt, 4000);
  assert.equal(history.points.at(-1).values.upBytes, null);
  // The clock of a page may be wrong by a little.
  history.add(status({ uptimeSeconds: 2, processID: 8 }), callers, 6900);
  assert.equal(history.restartedAt, 4000);
});

test('Fifteen minutes are kept, and where nothing was heard the line is broken', () => {
  const history = new History();
  for (let at = 0; at <= spanMs + 60_000; at += 2000) history.add(status(), callers, at);
  assert.equal(history.points[0].at, 60_000);
  const end = history.points.at(-1).at;
  assert.equal(history.pieces('allocations', end).length, 1);
  history.add(status(), { calls: null, sessions: null }, end + gapMs + 1);
  assert.equal(history.pieces('allocations', end + gapMs + 1).length, 2);
  assert.equal(history.pieces('calls', end + gapMs + 1).length, 1);
  assert.equal(history.nearest(60_900).at - history.points[0].at, 0);
});

test('Scales end at 1, 2 or 5 with zeros; a line ends at the right edge', () => {
  const ends = [[0, 5, 5], [5, 5, 5], [5.1, 5, 10], [11, 5, 20], [230, 5, 500], [0.3, 0.1, 0.5]];
  for (const [most, least, end] of ends) assert.equal(ceilingOf(most, least), end, `${most}`);
  const now = spanMs;
  const line = [{ at: 0, value: 0 }, { at: now / 2, value: 5 }, { at: now, value: 10 }];
  assert.equal(pathOf([line], 10, now), 'M0.0 150.0L300.0 75.0L600.0 0.0');
  assert.equal(pathOf([[{ at: now, value: 0 }]], 10, now), 'M600.0 150.0h.1');
  assert.equal(pathOf([], 10, now), '');
});

test('Units are those of the command line', () => {
  assert.deepEqual([0, 999, 52_399_999].map(bytes), ['0 B', '999 B', '52.3 MB']);
  assert.equal(bitRate(960_000), '960 kbit/s');
  assert.deepEqual([99_999, 1_209_999].map(count), ['99999', '1.20 M']);
  assert.deepEqual([0, 0.5, 12.4].map(rate), ['0/s', '0.5/s', '12/s']);
  assert.deepEqual([0, 45, 754, 3900, 266_400, 7200].map(duration),
    ['0 s', '45 s', '12 min 34 s', '1 h 5 min', '3 d 2 h', '2 h']);
});

test('Rows keep their keys, also when two are alike', () => {
  const items = [{ id: 'a' }, { id: 'b' }, { id: 'a' }];
  assert.deepEqual(keyed(items, ({ id }) => id).map(({ key }) => key), ['a', 'b', 'a 1']);
});

test('Columns read what the schema has, and do without what is not there', () => {
  const traffic = {
    up: { bytes: 1000, packets: 1 }, down: { bytes: 500, packets: 1 },
    rate: { upBitsPerSecond: 8000, downBitsPerSecond: 0 },
  };
  const seat = (user, online) => ({ user, online });
  const items = {
    allocations: {
      id: '0-1-2', account: 'alice', client: '198.51.100.7:1', transport: 'udp', relays: [],
      ageSeconds: 61, drops: { up: 1, down: 2 }, ...traffic,
    },
    calls: {
      id: 'c', state: 'ringing', kind: 'direct', ageSeconds: 3, counts: { reconnects: 0 },
      participants: [seat('alice', true), seat('bob', false)],
    },
    sessions: {
      id: 's', user: 'u', name: 'Ann', device: 'd', online: false, awaySeconds: 5, calls: [],
    },
    users: { account: 'code', allocations: 1, sessions: 0, online: 0, calls: 0, ...traffic },
    refusals: {
      client: '198.51.100.7:1', method: 'Allocate', code: 401, count: 7, cause: 'expired',
      user: '<b>x</b>', proven: false, lastSecondsAgo: 2,
    },
    reports: { id: 4, ageSeconds: 9, level: 'problem', findings: ['udp_blocked'] },
  };
  const specs = listSpecs({});
  assert.deepEqual(Object.keys(specs).sort(), Object.keys(items).sort());
  const row = (name) => specs[name].columns.map(({ text }) => text(items[name])).join('|');
  assert.equal(row('allocations'),
    'alice|198.51.100.7:1|udp|–|1 min 1 s|8.00 kbit/s|0 bit/s|1.50 kB|3');
  assert.equal(row('calls'), 'ringing|direct|alice and bob (away)|3 s|–|–|0');
  assert.equal(row('sessions'), 'Ann (u)|d|–|away for 5 s|0');
  assert.equal(row('users'), 'code|1|0|0|8.00 kbit/s|0 bit/s|1.50 kB|no');
  assert.equal(row('refusals'), '2 s|198.51.100.7:1|<b>x</b> ?|Allocate|401|7|expired');
  assert.equal(row('reports'), '9 s|–|–|problem|udp_blocked');
  assert.equal(remark('calls', { matched: 60, calls: Array(50) }), '50 of 60.');
  assert.match(remark('refusals', { matched: 0, refusals: [], unseen: 1 }), /^1 refusal more/);
});

test('Tiles warn of what is full, drains or runs out', () => {
  const tile = (name, change) => tilesOf(status(change), null).find((one) => one.name === name);
  assert.equal(tile('State', {}).value, 'open');
  assert.ok(tile('State', { draining: true }).isBad);
  assert.ok(!tile('Allocations', { allocations: { current: 2, max: 3 } }).isBad);
  assert.ok(tile('Allocations', { allocations: { current: 3, max: 3 } }).isBad);
  const certificates = [
    { names: ['a'], expiresInSeconds: 9e6 }, { names: ['b'], expiresInSeconds: 60 }];
  assert.deepEqual(tile('Certificate', { certificates }),
    { name: 'Certificate', value: '1 min', note: 'b', isBad: true });
  assert.equal(tile('Certificate', {}), undefined);
  assert.equal(tile('Signed in', {}), undefined);
});
