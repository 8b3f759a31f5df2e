// Which plots there are.
import { bitRate, count, rate } from './units.js';

/** @type {import('./plot.js').PlotSpec[]} */
export const plotSpecs = [
  {
    id: 'allocations', title: 'Allocations', least: 5, format: count,
    lines: [{ name: 'allocations', label: 'allocations' }],
  },
  {
    id: 'callers', title: 'Calls', least: 5, format: count, absent: 'This daemon takes no calls.',
    lines: [{ name: 'calls', label: 'calls' }, { name: 'sessions', label: 'signed in' }],
  },
  {
    // Payload, as the relay counts it.
    id: 'traffic', title: 'Traffic', least: 10_000, format: (bytes) => bitRate(bytes * 8),
    lines: [{ name: 'upBytes', label: 'up' }, { name: 'downBytes', label: 'down' }],
  },
  {
    id: 'packets', title: 'Packets', least: 10, format: rate,
    lines: [{ name: 'upPackets', label: 'up' }, { name: 'downPackets', label: 'down' }],
  },
  {
    // A 401 is also the first step of each new client.
    id: 'refused', title: 'STUN errors', least: 5, format: rate,
    lines: [{ name: 'challenged', label: '401' }, { name: 'refused', label: 'others' }],
  },
  {
    id: 'dropped', title: 'Dropped', least: 5, format: rate,
    lines: [{ name: 'dropped', label: 'packets' }, { name: 'turnedAway', label: 'connections' }],
  },
];
