// What can be done from the page, each with the question that stands before it.
import { pathOf } from './api.js';
import { duration, plural } from './units.js';

/** @typedef {import('./confirm.js').Question} Question */

/** @param {string} cost @param {string} [note] */
function costText(cost, note) {
  const words = {
    nothing: 'costs nothing', sessions: 'ends what is running', restart: 'waits for a restart',
    'no-effect': 'has no effect here',
  }[cost] ?? cost;
  return note ? `${words}: ${note}` : words;
}

/**
 * The lines of a reload, as `turnstone reload --dry-run` prints them.
 * @param {any} plan
 */
export function diffLines(plan) {
  return [
    ...plan.changes.flatMap((/** @type {any} */ { key, removed, added, cost, note }) => [
      ...lines(removed, `- ${key}=`, 'gone'), ...lines(added, `+ ${key}=`, 'new'),
      { text: costText(cost, note), style: `cost ${cost}` },
    ]),
    ...lines(plan.warnings, 'warning: ', 'cost'), ...lines(plan.errors, 'error: ', 'gone'),
  ];
}

/** @param {string[]} values @param {string} before @param {string} style */
function lines(values, before, style) {
  return values.map((value) => ({ text: before + value, style }));
}

/** @param {any} reply */
function killedText({ killed, bannedAccount, banSeconds }) {
  const ban = bannedAccount && banSeconds > 0
    ? ` ${bannedAccount} is refused for ${duration(banSeconds)}.` : '';
  return `${plural(killed, 'allocation')} ended.${ban}`;
}

export class Orders {
  /**
   * @param {{send: (path: string, method?: string, body?: object) => Promise<any>}} api
   * @param {(question: Question) => void} ask
   */
  constructor(api, ask) {
    this.api = api;
    this.ask = ask;
  }

  /** @param {any} allocation */
  endAllocation({ id, account, client }) {
    this.ask({
      title: 'End this allocation?', yes: 'End it', asksBan: true,
      text: `${account} at ${client} loses what it relays now. `
        + 'Most clients ask for another at once, unless their user is refused.',
      act: async ({ banSeconds }) => {
        const query = banSeconds ? { ban: banSeconds } : {};
        return killedText(await this.api.send(pathOf('allocations', id, query), 'DELETE'));
      },
    });
  }

  /** @param {any} user */
  endUser({ user, account, allocations }) {
    this.ask({
      title: `End all of ${user ?? account}?`, yes: 'End them', asksBan: true,
      text: `${plural(allocations, 'allocation')} of ${user ?? account} end now.`,
      act: async ({ banSeconds }) => killedText(await this.api.send(
        pathOf('allocations', null, { user: account, ...(banSeconds ? { ban: banSeconds } : {}) }),
        'DELETE')),
    });
  }

  /** @param {any} call */
  endCall({ id, participants }) {
    const who = participants.map((/** @type {any} */ seat) => seat.name ?? seat.user).join(' and ');
    this.ask({
      title: 'End this call?', yes: 'End it', text: `${who} are told that the call was ended.`,
      act: async () => {
        const { reason } = await this.api.send(pathOf('calls', id), 'DELETE');
        return `The call has ended: ${reason}.`;
      },
    });
  }

  /** @param {any} session */
  kick({ id, user, calls }) {
    const lost = calls.length === 0 ? '' : ` ${plural(calls.length, 'call')} end with it.`;
    this.ask({
      title: `Kick ${user}?`, yes: 'Kick',
      text: `Their device is told not to come back.${lost} Whoever still has a good token can sign `
        + 'in again.',
      act: async () => {
        const reply = await this.api.send(pathOf('sessions', id), 'DELETE');
        return `${plural(reply.kicked, 'session')} and ${plural(reply.calls, 'call')} ended.`;
      },
    });
  }

  /** @param {any} status */
  drain(status) {
    if (status.draining) {
      this.ask({
        title: 'Take everybody in again?', yes: 'Take them in',
        text: 'New allocations and callers are welcome again.',
        act: async () => {
          await this.api.send('drain', 'DELETE');
          return 'Everybody is taken in again.';
        },
      });
      return;
    }
    this.ask({
      title: 'Drain this daemon?', yes: 'Drain', asksStop: true,
      text: 'Nobody new is taken; callers are told to go elsewhere. What is relayed goes on for as '
        + 'long as its clients want it.',
      act: async ({ stops }) => {
        const left = await this.api.send('drain', 'POST', stops ? { stop: true } : {});
        const callers = plural(left.callers, 'caller');
        return `${plural(left.allocations, 'allocation')} and ${callers} are left.`;
      },
    });
  }

  /** First what would change; then, if that is wanted, the change. */
  async reload() {
    const plan = await this.api.send(pathOf('reload', null, { 'dry-run': true }), 'POST');
    const isGood = plan.errors.length === 0;
    const state = plan.changes.length > 0
      ? 'has changed:' : 'has not changed; certificates and secrets are read again.';
    this.ask({
      title: isGood ? 'Reload the configuration?' : 'The file is not accepted',
      yes: isGood ? 'Reload' : '', list: diffLines(plan),
      text: `${plan.file} ${isGood ? state : 'has mistakes; nothing was changed.'}`,
      act: async () => {
        const reply = await this.api.send('reload', 'POST');
        return reply.applied
          ? `Reloaded ${reply.file}.` : `Nothing was changed: ${reply.errors.join(' ')}`;
      },
    });
  }

  /** @param {string} level */
  async setLevel(level) {
    const reply = await this.api.send('log-level', 'PUT', { level });
    return `The log is at ${reply.level} now.`;
  }
}
