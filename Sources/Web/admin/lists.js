// The tables of the page: what stands in their columns, and what can be done with a row.
import { bitRate, bytes, count, duration, plural } from './units.js';

const none = '–';

/** @param {{up: {bytes: number}, down: {bytes: number}}} traffic */
const total = ({ up, down }) => bytes(up.bytes + down.bytes);

/** @param {Record<string, number>} counts */
const sum = (counts) => Object.values(counts).reduce((all, value) => all + value, 0);

/** An account that is a code stands behind the name it belongs to. @param {any} item */
const nameOf = (item) => item.user ?? item.account;

/** @param {any} seat */
function seatText(seat) {
  const name = seat.name ?? seat.user;
  return seat.online ? name : `${name} (away)`;
}

/** @param {any[]} seats */
const everybody = (seats) => seats.map(seatText).join(' and ');

/** @type {import('./list.js').Column[]} */
const rates = [
  { title: 'Up', isNumber: true, text: ({ rate }) => bitRate(rate.upBitsPerSecond) },
  { title: 'Down', isNumber: true, text: ({ rate }) => bitRate(rate.downBitsPerSecond) },
];

/**
 * @typedef {(item: any) => void} Run
 * @param {{endAllocation: Run, endUser: Run, endCall: Run, kick: Run}} orders
 * @returns {Record<string, import('./list.js').ListSpec>}
 */
export function listSpecs(orders) {
  return {
    allocations: {
      id: 'allocations',
      empty: 'Nobody relays now.',
      key: ({ id }) => id,
      columns: [
        { title: 'User', text: ({ account }) => account || none },
        { title: 'Client', isCode: true, text: ({ client }) => client },
        { title: 'Via', text: ({ transport }) => transport },
        { title: 'Relay', isCode: true, text: ({ relays }) => relays[0]?.advertised ?? none },
        { title: 'Age', isNumber: true, text: ({ ageSeconds }) => duration(ageSeconds) },
        ...rates,
        { title: 'In all', isNumber: true, text: total },
        { title: 'Dropped', isNumber: true, text: ({ drops }) => count(sum(drops)) },
      ],
      orders: [{
        label: 'End…', about: ({ id, account }) => `allocation ${id} of ${account}`,
        run: orders.endAllocation,
      }],
    },
    calls: {
      id: 'calls',
      empty: 'No calls.',
      key: ({ id }) => id,
      columns: [
        { title: 'State', text: ({ state }) => state },
        { title: 'Kind', text: ({ kind }) => kind },
        { title: 'Who', text: ({ participants }) => everybody(participants) },
        { title: 'Age', isNumber: true, text: ({ ageSeconds }) => duration(ageSeconds) },
        {
          title: 'Talks', isNumber: true,
          text: ({ activeSeconds: seconds }) => (seconds === undefined ? none : duration(seconds)),
        },
        { title: 'Media', text: ({ path }) => path ?? none },
        {
          title: 'Reconnects', isNumber: true, text: ({ counts }) => count(counts.reconnects),
        },
      ],
      orders: [{
        label: 'End…', about: ({ participants }) => `the call of ${everybody(participants)}`,
        run: orders.endCall, applies: ({ state }) => state !== 'ended',
      }],
    },
    sessions: {
      id: 'sessions',
      empty: 'Nobody is signed in.',
      key: ({ id }) => id,
      columns: [
        {
          title: 'User',
          text: ({ user, name }) => (name && name !== user ? `${name} (${user})` : user),
        },
        { title: 'Device', text: ({ device }) => device },
        { title: 'Client', isCode: true, text: ({ client }) => client ?? none },
        {
          title: 'Is', text: ({ online, awaySeconds }) => (
            online ? 'here' : `away for ${duration(awaySeconds ?? 0)}`),
        },
        { title: 'Calls', isNumber: true, text: ({ calls }) => count(calls.length) },
      ],
      orders: [{ label: 'Kick…', about: ({ user }) => user, run: orders.kick }],
    },
    users: {
      id: 'users',
      empty: 'Nobody relays or is signed in.',
      key: ({ account }) => account,
      columns: [
        { title: 'User', text: nameOf },
        { title: 'Allocations', isNumber: true, text: ({ allocations }) => count(allocations) },
        {
          title: 'Sessions', isNumber: true,
          text: ({ online, sessions }) => (sessions ? `${online} of ${sessions}` : '0'),
        },
        { title: 'Calls', isNumber: true, text: ({ calls }) => count(calls) },
        ...rates,
        { title: 'In all', isNumber: true, text: total },
        {
          title: 'Refused', text: ({ bannedSeconds }) => (
            bannedSeconds === undefined ? 'no' : `for ${duration(bannedSeconds)}`),
        },
      ],
      orders: [{ label: 'End all…', about: nameOf, run: orders.endUser }],
    },
    refusals: {
      id: 'refusals',
      empty: 'Nobody was refused.',
      key: ({ client, method, code, cause, user }) => [client, method, code, cause, user].join(' '),
      columns: [
        { title: 'Ago', isNumber: true, text: ({ lastSecondsAgo }) => duration(lastSecondsAgo) },
        { title: 'Client', isCode: true, text: ({ client }) => client },
        {
          title: 'User', text: ({ user, proven }) => (
            user === undefined ? none : `${user}${proven ? '' : ' ?'}`),
        },
        { title: 'Asked for', text: ({ method }) => method },
        { title: 'Code', isNumber: true, text: ({ code }) => String(code) },
        { title: 'Times', isNumber: true, text: ({ count: times }) => count(times) },
        { title: 'Cause', text: ({ cause }) => cause },
      ],
    },
    reports: {
      id: 'reports',
      empty: 'Nobody has sent one.',
      key: ({ id }) => String(id),
      columns: [
        { title: 'Ago', isNumber: true, text: ({ ageSeconds }) => duration(ageSeconds) },
        { title: 'Client', isCode: true, text: ({ client }) => client ?? none },
        { title: 'User', text: ({ user }) => user ?? none },
        { title: 'Found', text: ({ level }) => level },
        { title: 'What', text: ({ findings }) => findings.join(', ') || none },
      ],
    },
  };
}

/**
 * What stands below a list that was cut, or that has a remark of its own.
 * @param {string} name
 * @param {any} answer
 */
export function remark(name, answer) {
  if (answer === null) return 'This daemon takes no calls: see docs/calls.md.';
  const shown = answer[name].length;
  const words = [];
  if (answer.matched > shown) words.push(`${shown} of ${count(answer.matched)}.`);
  if (answer.unseen > 0) {
    words.push(`${plural(answer.unseen, 'refusal')} more came too fast to be looked at.`);
  }
  if (answer.forgotten > 0) {
    words.push(`${plural(answer.forgotten, 'older test')} gave way to newer ones.`);
  }
  return words.join(' ');
}
