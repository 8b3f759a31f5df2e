// The connection: sessions, sockets, numbers (calls.md 2.1 to 2.3, rulings 3, 5 and 6).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Signaling, sharedSignaling, watchPage } from '../../Sources/Web/turnstone-client.js';
import { FakeClock, settle } from './support/fake-clock.mjs';
import { socketMaker, welcome } from './support/fake-socket.mjs';

async function connected(options = {}) {
  const clock = new FakeClock();
  const maker = socketMaker();
  const heard = [];
  const signaling = new Signaling({
    url: 'ws://x/ws', clock, createSocket: maker.createSocket, deviceId: 'd1', token: 't1',
    ...options,
  });
  signaling.addListener({
    onMessage: (type, data) => heard.push([type, data]),
    onReconnecting: (event) => heard.push(['reconnecting', event.delayMs]),
    onReconnected: (event) => heard.push(['reconnected', event.resumed]),
    onReconnectFailed: (code) => heard.push(['failed', code]),
    onSession: (session) => heard.push(['session', session.resumed]),
  });
  signaling.connect();
  await settle();
  maker.last().open();
  maker.last().receive(welcome());
  heard.length = 0;
  return { clock, maker, signaling, heard };
}

async function again(stage, more = { resumed: true }) {
  stage.signaling.nudge();
  await settle();
  stage.maker.last().open();
  stage.maker.last().receive(welcome({ rid: 'r2', ...more }));
  await settle();
}

const types = (heard) => heard.map(([type]) => type);

test('2.1: hello is the first frame and carries token, device and capabilities', async () => {
  const { maker } = await connected({ client: { platform: 'test' } });
  const [hello] = maker.last().sent;
  assert.equal(hello.type, 'hello');
  assert.equal(hello.id, undefined);
  assert.equal(hello.data.token, 't1');
  assert.equal(hello.data.device_id, 'd1');
  assert.deepEqual(hello.data.caps, ['reports_connected']);
  assert.equal(hello.data.client.platform, 'test');
  assert.equal(hello.data.resume, undefined);
});

test('S0-1: an abnormal close keeps the session and resumes it', async () => {
  const stage = await connected();
  stage.maker.last().receive({ type: 'state', seq: 1, data: { call_id: 'c' } });
  stage.maker.last().lose(1006);
  assert.equal(stage.signaling.state, 'reconnecting');
  await again(stage);
  const [hello] = stage.maker.last().sent;
  assert.deepEqual(hello.data.resume, { sid: 's1', rid: 'r1', epoch: 'e1', last_seq: 1 });
  assert.deepEqual(types(stage.heard), ['state', 'reconnecting', 'reconnected', 'session']);
});

test('S0-2: reconnection waits 1, 2, 4, 8, 10, 10 s; the count starts anew on success', async () => {
  const stage = await connected();
  const delays = [];
  stage.maker.last().lose();
  for (let attempt = 0; attempt < 6; attempt += 1) {
    delays.push(stage.heard.at(-1)[1]);
    const before = stage.maker.sockets.length;
    await stage.clock.pass(stage.heard.at(-1)[1] - 1);
    assert.equal(stage.maker.sockets.length, before);
    await stage.clock.pass(1);
    assert.equal(stage.maker.sockets.length, before + 1);
    stage.maker.last().lose();
  }
  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 10000, 10000]);
  assert.equal(stage.signaling.reconnectAttempts, 7);
  await again(stage);
  assert.equal(stage.signaling.reconnectAttempts, 0);
  stage.maker.last().lose();
  assert.equal(stage.heard.at(-1)[1], 1000);
});

test('S0-2: delays vary by 30 % to either side', async () => {
  const clock = new FakeClock(() => 0);
  const stage = await connected({ clock });
  stage.maker.last().lose();
  assert.equal(stage.heard.at(-1)[1], 700);
  clock.random = () => 0.999999;
  await clock.pass(700);
  stage.maker.last().lose();
  assert.equal(stage.heard.at(-1)[1], 2600);
});

test('S0-3: onReconnecting, onReconnected and onReconnectFailed are told', async () => {
  const stage = await connected();
  stage.maker.last().lose(4002);
  await again(stage);
  stage.maker.last().lose(4500, 'unauthorized');
  assert.deepEqual(types(stage.heard), ['reconnecting', 'reconnected', 'session', 'failed']);
});

test('S0-4: no reconnection once the end was said', async () => {
  const stage = await connected();
  stage.signaling.close();
  assert.equal(stage.maker.last().sent.at(-1).type, 'bye');
  assert.equal(stage.signaling.callEnded, true);
  assert.equal(stage.signaling.reconnectTimer, false);
  await stage.clock.pass(60_000);
  assert.equal(stage.maker.sockets.length, 1);
  assert.equal(stage.clock.timerCount, 0);
  await assert.rejects(stage.signaling.request('call:end', { call_id: 'c' }), { code: 'closed' });
});

test('when the network returns the pauses begin anew', async () => {
  const stage = await connected();
  for (let attempt = 0; attempt < 6; attempt += 1) {
    stage.maker.last().lose();
    await stage.clock.pass(14_000);
  }
  stage.maker.last().lose();
  stage.heard.length = 0;
  stage.signaling.networkReturned();
  await settle();
  // It was not quite there yet.
  stage.maker.last().lose();
  const [[kind, delay]] = stage.heard;
  assert.equal(kind, 'reconnecting');
  assert.ok(delay <= 1300, `${delay} ms`);
});

test('S0-25: it retries for 30 minutes, then says that it failed; a hint revives it', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  for (let second = 0; second < 1900; second += 1) {
    await stage.clock.pass(1000);
    if (stage.maker.last().closedWith === null && !stage.maker.last().wasLost) {
      stage.maker.last().wasLost = true;
      stage.maker.last().lose();
    }
  }
  assert.equal(stage.heard.at(-1)[0], 'failed');
  assert.equal(stage.signaling.state, 'failed');
  const before = stage.maker.sockets.length;
  assert.ok(before > 170 && before < 200, `${before} attempts`);
  stage.signaling.nudge();
  await settle();
  assert.equal(stage.maker.sockets.length, before + 1);
});

test('2.4: close codes below 4500 come back, from 4500 on it stops', async () => {
  for (const code of [1000, 1001, 1011, 1012, 1013, 4000, 4003, 4006, 4007]) {
    const stage = await connected();
    stage.maker.last().lose(code);
    assert.equal(stage.signaling.state, 'reconnecting', String(code));
  }
  for (const code of [4500, 4501, 4504, 4505, 4506, 4507]) {
    const stage = await connected();
    stage.maker.last().lose(code);
    assert.equal(stage.signaling.state, 'closed', String(code));
    await stage.clock.pass(60_000);
    assert.equal(stage.maker.sockets.length, 1);
  }
});

test('2.4: close 4005 names the pause', async () => {
  const stage = await connected();
  stage.maker.last().lose(4005, '5000');
  assert.equal(stage.heard.at(-1)[1], 5000);
});

test('Ruling 3: a 4504 on a socket that is no longer current is ignored', async () => {
  const stage = await connected();
  const old = stage.maker.last();
  old.lose(1006);
  await again(stage);
  old.onclose({ code: 4504, reason: 'taken over' });
  old.onmessage({ data: JSON.stringify({ type: 'state', seq: 1, data: {} }) });
  assert.equal(stage.signaling.state, 'connected');
  assert.equal(types(stage.heard).includes('state'), false);
});

test('Ruling 3: nothing but hello is sent before the welcome', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  stage.signaling.request('call:end', { call_id: 'c' });
  await stage.clock.pass(1000);
  stage.maker.last().open();
  stage.maker.last().receive({ type: 'ping', data: { t: 5 } });
  assert.deepEqual(stage.maker.last().sent.map((frame) => frame.type), ['hello']);
});

test('S3-1, 2.3: a ping is answered at once, with what was received so far', async () => {
  const stage = await connected();
  stage.maker.last().receive({ type: 'presence', seq: 1, data: {} });
  stage.maker.last().receive({ type: 'ping', data: { t: 77 } });
  assert.deepEqual(stage.maker.last().sent.at(-1), { type: 'pong', data: { t: 77 }, ack: 1 });
});

test('2.3: after 45 s without any frame the socket is given up', async () => {
  const stage = await connected();
  await stage.clock.pass(44_000);
  stage.maker.last().receive({ type: 'ping', data: { t: 1 } });
  await stage.clock.pass(44_999);
  assert.equal(stage.signaling.state, 'connected');
  await stage.clock.pass(1);
  assert.equal(stage.signaling.state, 'reconnecting');
  assert.equal(stage.maker.sockets[0].closedWith.code, 4002);
});

test('2.3: a request that is not answered for 10 s in silence gives the socket up', async () => {
  const stage = await connected();
  await stage.clock.pass(5000);
  const answer = stage.signaling.request('call:end', { call_id: 'c' });
  await stage.clock.pass(9_999);
  assert.equal(stage.signaling.state, 'connected');
  await stage.clock.pass(1);
  assert.equal(stage.signaling.state, 'reconnecting');
  await again(stage);
  assert.deepEqual(stage.maker.last().of('call:end').map((frame) => frame.id), [1]);
  stage.maker.last().receive({ type: 'ok', id: 1, data: { call_id: 'c' } });
  assert.deepEqual(await answer, { call_id: 'c' });
});

test('2.1: a handshake that hangs is given up', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  await stage.clock.pass(1000);
  assert.equal(stage.maker.sockets.length, 2);
  await stage.clock.pass(15_000);
  assert.equal(stage.maker.sockets[1].closedWith.code, 4002);
});

test('2.2: ids rise by one, acknowledgements ride on them', async () => {
  const stage = await connected();
  stage.signaling.request('call:ringing', { call_id: 'c' });
  stage.maker.last().receive({ type: 'state', seq: 1, data: {} });
  stage.signaling.request('call:end', { call_id: 'c' });
  const [, first, second] = stage.maker.last().sent;
  assert.deepEqual([first.id, first.ack, second.id, second.ack], [1, undefined, 2, 1]);
});

test('2.2: 32 messages are acknowledged at the latest together', async () => {
  const stage = await connected();
  for (let seq = 1; seq <= 32; seq += 1) {
    stage.maker.last().receive({ type: 'presence', seq, data: {} });
  }
  assert.deepEqual(stage.maker.last().sent.at(-1), { type: 'ack', ack: 32 });
});

test('2.2: what came before is dropped, a gap closes and resumes', async () => {
  const stage = await connected();
  const socket = stage.maker.last();
  socket.receive({ type: 'presence', seq: 1, data: {} });
  socket.receive({ type: 'presence', seq: 1, data: {} });
  assert.equal(types(stage.heard).filter((type) => type === 'presence').length, 1);
  socket.receive({ type: 'presence', seq: 3, data: {} });
  assert.equal(socket.closedWith.code, 4006);
  await settle();
  stage.maker.last().open();
  assert.equal(stage.maker.last().sent[0].data.resume.last_seq, 1);
});

test('2.2: a skip keeps the place of a message', async () => {
  const stage = await connected();
  stage.maker.last().receive({ type: 'skip', seq: 1, data: {} });
  stage.maker.last().receive({ type: 'presence', seq: 2, data: {} });
  assert.deepEqual(types(stage.heard), ['presence']);
});

test('2.2: nothing rings before replay_to; an offer that ended meanwhile never does', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  stage.heard.length = 0;
  await again(stage, { resumed: true, replay_to: 3 });
  const socket = stage.maker.last();
  socket.receive({ type: 'call:offer', seq: 1, data: { call_id: 'a' } });
  socket.receive({ type: 'call:offer', seq: 2, data: { call_id: 'b' } });
  assert.deepEqual(types(stage.heard), ['reconnected']);
  socket.receive({ type: 'call:no-answer', seq: 3, data: { call_id: 'a' } });
  assert.deepEqual(types(stage.heard), ['reconnected', 'call:offer', 'call:no-answer', 'session']);
  assert.equal(stage.heard[1][1].call_id, 'b');
});

test('2.2: a replay that breaks off goes on with the next socket', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  await again(stage, { resumed: true, replay_to: 2 });
  stage.maker.last().receive({ type: 'presence', seq: 1, data: { n: 1 } });
  stage.maker.last().lose();
  stage.heard.length = 0;
  await again(stage, { resumed: true, replay_to: 2 });
  assert.equal(stage.maker.last().sent[0].data.resume.last_seq, 1);
  stage.maker.last().receive({ type: 'presence', seq: 2, data: { n: 2 } });
  assert.deepEqual(types(stage.heard), ['reconnected', 'presence', 'presence', 'session']);
});

test('S3-13: unknown messages, answers nobody asked for and rubbish break nothing', async () => {
  const stage = await connected();
  const socket = stage.maker.last();
  socket.receive({ type: 'message:received', seq: 1, data: {} });
  socket.receive({ type: 'whatever', data: {} });
  socket.receive({ type: 'ok', id: 99, data: {} });
  socket.receive(null);
  socket.onmessage({ data: '{' });
  assert.equal(stage.signaling.state, 'connected');
  assert.deepEqual(types(stage.heard), ['message:received']);
});

test('Ruling 5: at most 32 requests are unanswered', async () => {
  const stage = await connected();
  for (let count = 0; count < 40; count += 1) {
    stage.signaling.request('app:message', { call_id: 'c', payload: count });
  }
  assert.equal(stage.maker.last().of('app:message').length, 32);
  assert.equal(stage.signaling.queued, 40);
  stage.maker.last().receive({ type: 'ok', id: 1, data: {} });
  assert.equal(stage.maker.last().of('app:message').length, 33);
});

test('Ruling 5: on resumption what the server saw is sent again, the rest numbered anew', async () => {
  const stage = await connected();
  const settled = [];
  for (const name of ['a', 'b', 'c']) {
    stage.signaling.request('app:message', { call_id: 'c', payload: name })
      .then((data) => settled.push([name, data.n]));
  }
  stage.maker.last().lose();
  await again(stage, { resumed: true, last_client_id: 2 });
  const sent = stage.maker.last().of('app:message');
  assert.deepEqual(sent.map((frame) => [frame.id, frame.data.payload]),
    [[1, 'a'], [2, 'b'], [3, 'c']]);
  for (const id of [1, 1, 2, 3]) stage.maker.last().receive({ type: 'ok', id, data: { n: id } });
  await settle();
  assert.deepEqual(settled, [['a', 1], ['b', 2], ['c', 3]]);
});

test('Ruling 5: an id that ran out of time before the server saw it leaves no gap', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  const call = stage.signaling.request('call:initiate', { call_id: 'c' });
  stage.signaling.request('call:end', { call_id: 'c' });
  await assert.rejects(Promise.race([call, stage.clock.pass(10_000).then(() => call)]),
    { code: 'expired' });
  await again(stage);
  assert.deepEqual(stage.maker.last().sent.slice(1).map((frame) => [frame.type, frame.id]),
    [['call:end', 1]]);
});

test('Ruling 5: after a failed resumption requests of dead calls go, the rest starts at 1', async () => {
  const stage = await connected();
  const lost = stage.signaling.request('call:description', { call_id: 'a', gen: 2 });
  const dead = stage.signaling.request('app:message', { call_id: 'gone', payload: 1 });
  stage.signaling.request('app:message', { call_id: 'a', payload: 1 });
  stage.signaling.request('call:end', { call_id: 'gone' });
  stage.maker.last().lose();
  const rejected = Promise.all([
    assert.rejects(lost, { code: 'session_lost' }), assert.rejects(dead, { code: 'session_lost' }),
  ]);
  await again(stage, { resumed: false, epoch: 'e2', calls: [{ call_id: 'a' }] });
  await rejected;
  assert.deepEqual(stage.maker.last().sent.slice(1).map((frame) => [frame.type, frame.id]),
    [['app:message', 1], ['call:end', 2]]);
});

test('Ruling 5: an answer that the server has forgotten is asked for once more', async () => {
  const stage = await connected();
  const answer = stage.signaling.request('call:answer', { call_id: 'c' });
  stage.maker.last().lose();
  await again(stage, { resumed: true, last_client_id: 1 });
  stage.maker.last().receive({ type: 'error', id: 1, data: { code: 'bad_request' } });
  assert.equal(stage.maker.last().sent.at(-1).id, 2);
  stage.maker.last().receive({ type: 'error', id: 2, data: { code: 'already_answered' } });
  await assert.rejects(answer, { code: 'already_answered' });
});

test('Ruling 6, S3-3: only what may be done twice waits; the rest is refused at once', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  let count = 0;
  stage.signaling.addListener({ onQueue: (value) => { count = value; } });
  await assert.rejects(stage.signaling.request('ice:refresh'), { code: 'offline' });
  await assert.rejects(stage.signaling.request('presence:watch', { users: [] }),
    { code: 'offline' });
  stage.signaling.request('call:end', { call_id: 'c' });
  stage.signaling.request('call:reject', { call_id: 'd' });
  assert.equal(count, 2);
  await again(stage);
  assert.deepEqual(stage.maker.last().sent.slice(1).map((frame) => frame.type),
    ['call:end', 'call:reject']);
});

test('Ruling 6: an answer waits until its offer expires', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  const answer = stage.signaling.request('call:answer', { call_id: 'c' },
    { expiresAt: stage.clock.now() + 3000 });
  const rejected = assert.rejects(answer, { code: 'expired' });
  await stage.clock.pass(3000);
  await rejected;
});

test('Ruling 6: candidates of an older gen and older mute states do not wait', async () => {
  const stage = await connected();
  stage.maker.last().lose();
  const request = (type, data) => stage.signaling.request(type, data).catch(() => {});
  request('call:ice-candidate', { call_id: 'c', gen: 1, candidate: 'x' });
  request('call:ice-candidate', { call_id: 'other', gen: 1, candidate: 'x' });
  request('call:ice-candidate', { call_id: 'c', gen: 2, candidate: 'y' });
  request('call:ice-candidate', { call_id: 'c', gen: 2, candidate: 'z' });
  request('call:media', { call_id: 'c', audio: false, video: true });
  request('call:media', { call_id: 'c', audio: true, video: true });
  await again(stage);
  const sent = stage.maker.last().sent.slice(1).map((frame) => frame.data);
  assert.deepEqual(sent.map((data) => [data.call_id, data.gen ?? data.audio]),
    [['other', 1], ['c', 2], ['c', 2], ['c', true]]);
});

test('2.1: token-expiring fetches a token and refreshes', async () => {
  const reasons = [];
  const stage = await connected({ token: async (reason) => { reasons.push(reason); return 'new'; } });
  stage.maker.last().receive({ type: 'token-expiring', seq: 1, data: { expires_at: 5 } });
  await settle();
  assert.deepEqual(reasons, ['connect', 'expiring']);
  assert.deepEqual(stage.maker.last().of('auth:refresh')[0].data, { token: 'new' });
  stage.maker.last().lose(4007);
  await stage.clock.pass(1000);
  assert.equal(reasons.at(-1), 'expired');
});

test('2.1: a token that cannot be had is tried again later', async () => {
  const stage = await connected({ token: () => Promise.resolve('t') });
  stage.maker.last().lose();
  const clock = new FakeClock();
  const maker = socketMaker();
  const signaling = new Signaling({
    url: 'ws://x', clock, createSocket: maker.createSocket,
    token: () => Promise.reject(new Error('503')),
  });
  signaling.connect();
  await clock.pass(100);
  assert.equal(signaling.state, 'connecting');
  assert.equal(signaling.reconnectTimer, true);
});

test('S0-4, 2.1: one connection per page for everybody who asks', async () => {
  const maker = socketMaker();
  const options = { url: 'ws://shared/ws', clock: new FakeClock(), ...maker };
  const one = sharedSignaling(options);
  assert.equal(sharedSignaling(options), one);
  one.close();
  assert.notEqual(sharedSignaling(options), one);
  sharedSignaling(options).close();
});

test('Hints: online after offline resumes at once, being seen shortens a wait', async () => {
  const stage = await connected();
  const page = new EventTarget();
  page.document = new EventTarget();
  page.document.visibilityState = 'visible';
  const stop = watchPage(stage.signaling, page);
  page.dispatchEvent(new Event('offline'));
  page.dispatchEvent(new Event('online'));
  await settle();
  assert.equal(stage.maker.sockets.length, 2);
  stage.maker.last().lose();
  page.document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  assert.equal(stage.maker.sockets.length, 3);
  stop();
  stage.maker.last().lose();
  page.document.dispatchEvent(new Event('visibilitychange'));
  await settle();
  assert.equal(stage.maker.sockets.length, 3);
});

test('S3-8: delays that the server names are used instead', async () => {
  const clock = new FakeClock();
  const maker = socketMaker();
  const delays = [];
  const signaling = new Signaling({ url: 'ws://x', clock, createSocket: maker.createSocket });
  signaling.addListener({ onReconnecting: ({ delayMs }) => delays.push(delayMs) });
  signaling.connect();
  await settle();
  maker.last().open();
  maker.last().receive(welcome({ config: { reconnect_delays_ms: [500, 700] } }));
  maker.last().lose();
  await clock.pass(500);
  maker.last().lose();
  await clock.pass(700);
  maker.last().lose();
  assert.deepEqual(delays, [500, 700, 700]);
});

test('Demo: a name that is taken is asked for differently on the same socket', async () => {
  const maker = socketMaker();
  const errors = [];
  const signaling = new Signaling({
    url: 'ws://x', clock: new FakeClock(), createSocket: maker.createSocket, name: 'Anna',
    anotherName: (name) => (name === 'Anna' ? 'Anna 2' : null),
  });
  signaling.addListener({ onError: (error) => errors.push(error.details.reason) });
  signaling.connect();
  await settle();
  maker.last().open();
  const taken = { type: 'error', data: { code: 'forbidden', details: { reason: 'name_taken' } } };
  maker.last().receive(taken);
  maker.last().receive(taken);
  assert.deepEqual(maker.last().of('hello').map((frame) => frame.data.name), ['Anna', 'Anna 2']);
  assert.deepEqual(errors, ['name_taken']);
  assert.equal(maker.sockets.length, 1);
});
