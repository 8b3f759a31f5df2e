// The administration: what it asks, what it orders, what it makes of troubles.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { Api, pathOf as queryOf, Trouble } from '../../Sources/Web/admin/api.js';
import { remark } from '../../Sources/Web/admin/lists.js';
import { diffLines, Orders } from '../../Sources/Web/admin/orders.js';
import { everyMs, Watch } from '../../Sources/Web/admin/watch.js';
import { status } from './support/admin-status.mjs';

const folder = new URL('../../Sources/Web/admin/', import.meta.url);
const token = 'of-the-operator-alone';

function response(status, body, headers = {}) {
  return new Response(body === null ? 'no JSON' : JSON.stringify(body), { status, headers });
}

/** An API whose requests are kept and answered with these. */
function apiOf(...answers) {
  const asked = [];
  const api = new Api(token, async (path, order) => {
    asked.push({ path, ...order });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { api, asked };
}

async function troubleOf(answer) {
  const { api } = apiOf(answer);
  const error = await api.send('status').catch((caught) => caught);
  assert.ok(error instanceof Trouble, String(error));
  return error;
}

test('The token goes in a field, never in an address, and no cookie goes along', async () => {
  const { api, asked } = apiOf(response(200, { schema: 1 }), response(200, {}));
  await api.send('status');
  await api.send(queryOf('allocations', '0-1-2', { ban: 60 }), 'DELETE', { a: 1 });
  assert.equal(asked[0].path, '/admin/api/v1/status');
  assert.equal(asked[0].headers.get('authorization'), `Bearer ${token}`);
  assert.equal(asked[1].path, '/admin/api/v1/allocations/0-1-2?ban=60');
  assert.equal(asked[1].body, '{"a":1}');
  for (const { path, credentials, cache, redirect } of asked) {
    assert.ok(!path.includes(token));
    assert.deepEqual([credentials, cache, redirect], ['omit', 'no-store', 'error']);
  }
});

test('What is in a path or a parameter is encoded', () => {
  assert.equal(queryOf('calls', '../x?y=1'), 'calls/..%2Fx%3Fy%3D1');
  assert.equal(queryOf('users', null, { user: 'a&b=ü ' }), 'users?user=a%26b%3D%C3%BC%20');
});

test('Every refusal has a kind and words', async () => {
  const error = { code: 'no-such-call', message: 'no call x' };
  assert.equal((await troubleOf(response(401, { error: { code: 'unauthorized' } }))).kind, 'token');
  assert.equal((await troubleOf(response(403, null))).kind, 'plain');
  assert.equal((await troubleOf(response(404, null))).kind, 'absent');
  assert.equal((await troubleOf(new TypeError('no network'))).kind, 'away');
  assert.equal((await troubleOf(response(200, null))).kind, 'refused');
  assert.equal((await troubleOf(response(502, null))).kind, 'busy');
  const busy = await troubleOf(response(503, { error: { code: 'unavailable', message: 'late' } }));
  assert.deepEqual([busy.kind, busy.message], ['busy', 'late']);
  const refused = await troubleOf(response(404, { error }));
  assert.deepEqual([refused.kind, refused.code, refused.message],
    ['refused', 'no-such-call', 'no call x']);
  const held = await troubleOf(response(429, {}, { 'retry-after': '30' }));
  assert.deepEqual([held.kind, held.retrySeconds], ['held', 30]);
  const odd = new Api('a\ntoken', async () => response(200, {}));
  await assert.rejects(odd.send('status'), ({ kind }) => kind === 'token');
});

/** A daemon that answers by path, and a clock that only tests move. */
function watchOf(answers) {
  const asked = [];
  const heard = [];
  const waiting = [];
  const api = {
    send: async (path) => {
      asked.push(path);
      const answer = answers[path.split('?')[0]];
      const found = typeof answer === 'function' ? answer() : answer;
      if (found instanceof Trouble) throw found;
      return found ?? {};
    },
  };
  const clock = {
    after(ms, act) {
      const entry = { ms, act };
      waiting.push(entry);
      return () => waiting.splice(waiting.indexOf(entry), 1);
    },
  };
  const watch = new Watch(api, {
    onFacts: (facts) => heard.push(facts),
    onTrouble: (trouble, retryMs) => heard.push({ trouble: trouble.kind, retryMs }),
  }, clock);
  const tick = async () => {
    const { ms, act } = waiting.shift();
    act();
    await new Promise((resolve) => { setImmediate(resolve); });
    return ms;
  };
  return { watch, asked, heard, waiting, tick };
}

test('It asks every two seconds, seldom things in every fifth round', async () => {
  const { watch, asked, heard, tick } = watchOf({ status: status() });
  await watch.start();
  assert.equal(heard.length, 1);
  assert.ok(asked.includes('reports') && asked.some((path) => path.startsWith('allocations?')));
  asked.length = 0;
  for (let round = 1; round < 5; round += 1) assert.equal(await tick(), everyMs);
  assert.ok(!asked.includes('reports'));
  assert.equal(asked.filter((path) => path.startsWith('allocations?')).length, 4);
  await tick();
  assert.ok(asked.includes('reports') && asked.includes('log-level'));
});

test('Lists of a great many allocations are asked for seldom, too', async () => {
  const many = status({ allocations: { current: 5000, sinceStart: 5000 } });
  const { watch, asked, tick } = watchOf({ status: many });
  await watch.start();
  for (let round = 1; round < 5; round += 1) await tick();
  assert.equal(asked.filter((path) => path.startsWith('allocations?')).length, 1);
  assert.equal(asked.filter((path) => path === 'status').length, 5);
});

test('What the daemon does not do is null, and no trouble', async () => {
  const none = new Trouble('refused', 'takes no calls', { code: 'not-configured' });
  const { watch, heard } = watchOf({ status: status(), calls: none, sessions: none });
  await watch.start();
  assert.deepEqual([heard[0].calls, heard[0].sessions], [null, null]);
  assert.match(remark('calls', null), /takes no calls/);
});

test('A daemon that went away is asked again, more and more seldom, until it is back', async () => {
  let isAway = true;
  const { watch, heard, tick } = watchOf({
    status: () => (isAway ? new Trouble('away', 'no answer') : status()),
  });
  await watch.start();
  for (let round = 0; round < 8; round += 1) await tick();
  assert.deepEqual(heard.map(({ retryMs }) => retryMs),
    [2000, 2500, 3000, 3500, 4000, 4500, 5000, 5000, 5000]);
  isAway = false;
  await tick();
  assert.equal(heard.at(-1).status.processID, 7);
  isAway = true;
  await tick();
  assert.equal(heard.at(-1).retryMs, 2000);
});

test('A wrong token is not tried again; too many are, when it is time', async () => {
  const wrong = watchOf({ status: new Trouble('token', 'wrong') });
  await wrong.watch.start();
  assert.deepEqual(wrong.heard, [{ trouble: 'token', retryMs: 0 }]);
  assert.equal(wrong.waiting.length, 0);
  const held = watchOf({ status: new Trouble('held', 'many', { retrySeconds: 30 }) });
  await held.watch.start();
  assert.equal(await held.tick(), 30_000);
});

test('After an order it asks at once, and nothing when it was stopped', async () => {
  const { watch, asked, waiting, heard } = watchOf({ status: status() });
  await watch.start();
  asked.length = 0;
  watch.hurry();
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.ok(asked.includes('status') && asked.includes('reports'));
  assert.equal(waiting.length, 1);
  watch.stop();
  assert.equal(waiting.length, 0);
  watch.hurry();
  assert.equal(heard.length, 2);
});

test('A reload is shown as turnstone reload --dry-run prints it, and then done', async () => {
  const plan = {
    file: 't.conf', applied: false, warnings: ['w'], errors: [],
    changes: [{ key: 'user-quota', removed: ['40'], added: ['10'], cost: 'nothing', note: 'n' },
      { key: 'realm', removed: [], added: ['x'], cost: 'restart' }],
  };
  assert.deepEqual(diffLines(plan).map(({ text }) => text), [
    '- user-quota=40', '+ user-quota=10', 'costs nothing: n', '+ realm=x', 'waits for a restart',
    'warning: w']);
  const { api, asked } = apiOf(response(200, plan), response(200, { ...plan, applied: true }));
  const questions = [];
  await new Orders(api, (question) => questions.push(question)).reload();
  assert.equal(asked[0].path, '/admin/api/v1/reload?dry-run=true');
  assert.equal(questions[0].yes, 'Reload');
  assert.equal(await questions[0].act({}), 'Reloaded t.conf.');
  assert.deepEqual([asked[1].path, asked[1].method], ['/admin/api/v1/reload', 'POST']);
  const bad = apiOf(response(200, { ...plan, changes: [], errors: ['line 3'] }));
  await new Orders(bad.api, (question) => questions.push(question)).reload();
  assert.deepEqual([questions[1].yes, questions[1].list.at(-1).text], ['', 'error: line 3']);
});

test('Nothing is ended before it is asked for, and then exactly that', async () => {
  const answers = [
    { killed: 1, banSeconds: 0 }, { killed: 2, bannedAccount: 'a b', banSeconds: 60 },
    { reason: 'deleted' }, { kicked: 1, calls: 1 }, { allocations: 1, callers: 0 }];
  const { api, asked } = apiOf(...answers.map((body) => response(200, body)));
  const questions = [];
  const orders = new Orders(api, (question) => questions.push(question));
  orders.endAllocation({ id: '0-1-2', account: 'a', client: 'c' });
  orders.endUser({ account: 'a b', allocations: 2 });
  orders.endCall({ id: 'c/1', participants: [{ user: 'x' }] });
  orders.kick({ id: 's', user: 'x', calls: ['c'] });
  orders.drain({ draining: false });
  assert.equal(asked.length, 0);
  const said = [];
  for (const [index, banSeconds] of [0, 60, 0, 0, 0].entries()) {
    said.push(await questions[index].act({ banSeconds, stops: true }));
  }
  assert.deepEqual(asked.map(({ method, path }) => `${method} ${path.slice(14)}`), [
    'DELETE allocations/0-1-2', 'DELETE allocations?user=a%20b&ban=60', 'DELETE calls/c%2F1',
    'DELETE sessions/s', 'POST drain']);
  assert.equal(asked[4].body, '{"stop":true}');
  assert.deepEqual(said, [
    '1 allocation ended.', '2 allocations ended. a b is refused for 1 min.',
    'The call has ended: deleted.', '1 session and 1 call ended.',
    '1 allocation and 0 callers are left.']);
});

test('No module makes markup of text', () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const source = readFileSync(new URL(name, folder), 'utf8');
    assert.doesNotMatch(
      source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
    assert.doesNotMatch(source, /localStorage|document\.cookie/, name);
  }
});
