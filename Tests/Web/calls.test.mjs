// Calls of one page: the life of a call (S1, S3, S4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextCallState } from '../../Sources/Web/turnstone-client.js';
import { Stage, incoming, offer, outgoing, remote, seat, settle, snapshot } from './support/call-stage.mjs';
import { FakeStream, FakeTrack } from './support/fake-peer.mjs';

test('S1-1: the states are seven and their table knows no other way', () => {
  const states = ['idle', 'outgoing', 'incoming_ringing', 'connecting', 'connected', 'ended',
    'failed'];
  const events = ['start', 'ring', 'accept', 'answered', 'rejoin', 'connected', 'alone', 'end',
    'fail'];
  for (const state of states) {
    for (const event of events) {
      const next = nextCallState(state, event);
      assert.ok(next === null || states.includes(next));
      if (state === 'ended' || state === 'failed') assert.equal(next, null);
    }
    if (state !== 'ended' && state !== 'failed') assert.equal(nextCallState(state, 'end'), 'ended');
  }
  assert.equal(nextCallState('idle', 'connected'), null);
});

test('S1-2, S3-7: the caller takes media, offers, sends, trickles, takes the answer', async () => {
  const stage = new Stage();
  const call = stage.manager.startOutgoing('ben', true);
  assert.equal(call.state, 'outgoing');
  assert.equal(stage.sent.length, 0);
  await settle();
  assert.equal(stage.devices.asked.length, 1);
  const { data } = stage.open('call:initiate');
  assert.deepEqual([data.to, data.call_id, data.media.video, data.description.type],
    ['ben', 'c1', true, 'offer']);
  stage.peer.found('host1');
  await stage.clock.pass(100);
  assert.equal(stage.count('call:ice-candidate'), 0);
  await stage.ok('call:initiate', seat());
  assert.deepEqual(stage.open('call:ice-candidate').data,
    { call_id: 'c1', gen: 1, candidate: { candidate: 'host1' } });
  await stage.receive('call:ice-candidate', { gen: 1, candidate: { candidate: 'early' } });
  assert.deepEqual(stage.peer.added, []);
  await stage.receive('call:answer', {
    gen: 1, description: remote('answer'), candidates: [{ candidate: 'shipped' }],
  });
  assert.deepEqual(stage.peer.added, ['shipped', 'early']);
  assert.equal(call.state, 'connecting');
  stage.peer.ice('connected');
  await settle();
  assert.equal(call.state, 'connected');
  assert.deepEqual(stage.open('call:connected').data,
    { call_id: 'c1', local: 'relay', remote: 'host', protocol: 'tls', relay: true });
  assert.deepEqual(stage.states(), ['outgoing', 'connecting', 'connected']);
});

test('S1-3, S4-4: the callee takes media on accept, then the offer, then answers', async () => {
  const stage = await incoming();
  assert.equal(stage.call.state, 'incoming_ringing');
  assert.equal(stage.count('call:ringing'), 1);
  assert.equal(stage.peers.length, 0);
  assert.equal(stage.devices.asked.length, 0);
  await stage.receive('call:ice-candidate', { gen: 1, candidate: { candidate: 'c' } });
  stage.manager.acceptIncoming();
  await settle();
  assert.deepEqual(stage.peer.added, ['c']);
  assert.equal(stage.peer.senders.length, 2);
  const request = stage.open('call:answer');
  assert.equal(request.data.description.type, 'answer');
  assert.equal(request.options.expiresAt, stage.clock.now() + 60_000);
  await stage.ok('call:answer', seat({ polite: true }));
  stage.peer.ice('completed');
  assert.equal(stage.call.state, 'connected');
});

test('S4-3: media that was captured while it rang is used', async () => {
  const stage = await incoming();
  const stream = new FakeStream([new FakeTrack('audio', 'early')]);
  stage.manager.acceptIncoming(stage.call, { stream });
  await settle();
  assert.equal(stage.devices.asked.length, 0);
  assert.equal(stage.peer.senders[0].track.label, 'early');
});

test('S1-4: one peer connection per call, and calls do not share it', async () => {
  const stage = await outgoing();
  const first = stage.peer;
  await stage.receive('call:offer', offer({ call_id: 'c2' }));
  const second = stage.manager.find('c2');
  second.accept();
  await settle();
  assert.equal(stage.peers.length, 2);
  second.end();
  await settle();
  assert.equal(stage.peers[1].isClosed, true);
  assert.equal(first.isClosed, false);
  assert.equal(stage.call.state, 'connected');
});

test('S1-5: mute, camera, reject and end tell the server', async () => {
  const stage = await outgoing({ video: true });
  assert.equal(stage.manager.toggleMute(), true);
  assert.deepEqual(stage.open('call:media').data, { call_id: 'c1', audio: false, video: true });
  assert.equal(await stage.manager.toggleVideo(), false);
  assert.equal(stage.call.localStream.getVideoTracks()[0].enabled, false);
  stage.manager.end();
  assert.equal(stage.open('call:end').data.reason, 'hangup');
  assert.equal(stage.call.state, 'ended');
  const other = await incoming();
  other.manager.reject();
  assert.equal(other.open('call:reject').data.reason, 'declined');
  assert.equal(other.call.state, 'ended');
});

test('S1-5: a camera that comes later is negotiated', async () => {
  const stage = await outgoing();
  assert.equal(await stage.manager.toggleVideo(), true);
  assert.equal(stage.peer.senders.length, 2);
  stage.peer.onnegotiationneeded();
  await settle();
  assert.equal(stage.open('call:description').data.gen, 2);
  assert.equal(stage.open('call:media').data.video, true);
});

test('S1-5: hanging up before the answer cancels', async () => {
  const stage = new Stage();
  const call = stage.manager.startOutgoing('ben');
  await settle();
  await stage.ok('call:initiate', seat());
  call.end();
  assert.equal(stage.open('call:end').data.reason, 'cancelled');
});

test('S1-6: state, stream, end and error are told, the end once', async () => {
  const stage = await outgoing();
  stage.peer.arrives('audio');
  stage.peer.arrives('video');
  await stage.receive('call:end', { reason: 'hangup', by: 'p-ben', duration_ms: 7000 });
  await stage.receive('call:end', { reason: 'hangup', by: 'p-ben' });
  const names = stage.heard.map(([name]) => name);
  assert.equal(names.filter((name) => name === 'end').length, 1);
  assert.equal(names.filter((name) => name === 'stream').length, 1);
  assert.equal(stage.call.ending.durationMs, 7000);
  assert.equal(stage.call.ending.by, 'peer');
});

test('S1-9: each end has its own reason', async () => {
  const cases = [
    ['call:rejected', { reason: 'busy' }, 'busy', 'ended'],
    ['call:rejected', { reason: 'declined' }, 'declined', 'ended'],
    ['call:no-answer', { role: 'caller' }, 'no_answer', 'ended'],
    ['call:end', { reason: 'callee_offline', by: 'server' }, 'callee_offline', 'ended'],
    ['call:end', { reason: 'connect_failed', by: 'server' }, 'connect_failed', 'failed'],
  ];
  for (const [type, data, reason, state] of cases) {
    const stage = new Stage();
    const call = stage.manager.startOutgoing('ben');
    await settle();
    await stage.ok('call:initiate', seat());
    await stage.receive(type, data);
    assert.equal(call.ending.reason, reason);
    assert.equal(call.state, state);
  }
  const rings = [
    ['call:answered-elsewhere', { action: 'answered' }, 'answered_elsewhere'],
    ['call:answered-elsewhere', { action: 'rejected' }, 'rejected_elsewhere'],
    ['call:no-answer', { role: 'callee', missed: true }, 'missed'],
    ['call:end', { reason: 'cancelled', by: 'p-ben' }, 'cancelled'],
  ];
  for (const [type, data, reason] of rings) {
    const stage = await incoming();
    await stage.receive(type, data);
    assert.equal(stage.call.ending.reason, reason);
  }
});

test('S1-10: a call that is over hears nothing, an unknown one is only counted as missed', async () => {
  const stage = await outgoing();
  stage.call.end();
  const before = stage.sent.length;
  await stage.receive('call:description', { gen: 2, description: remote('offer') });
  await stage.receive('call:no-answer', { call_id: 'x', missed: true });
  assert.equal(stage.sent.length, before);
  assert.deepEqual(stage.heard.at(-1), ['missed', 'x']);
});

test('S1-11: the remote stream stays the same object when tracks come and go', async () => {
  const stage = await outgoing();
  const { remoteStream } = stage.call;
  stage.peer.arrives('audio');
  const old = stage.peer.arrives('video');
  const now = stage.peer.arrives('video');
  assert.equal(stage.call.remoteStream, remoteStream);
  assert.deepEqual(remoteStream.getTracks().map((track) => track.kind), ['audio', 'video']);
  assert.ok(remoteStream.getTracks().includes(now) && !remoteStream.getTracks().includes(old));
});

test('S1-13: relays are offered, never forced', async () => {
  const stage = await outgoing();
  assert.equal(stage.peer.configuration.iceTransportPolicy, 'all');
});

test('S1-14: the end closes the connection, stops every track, leaves no timer', async () => {
  const stage = await outgoing({ video: true });
  stage.call.end();
  await settle();
  assert.equal(stage.peer.isClosed, true);
  assert.ok(stage.devices.tracks.every((track) => track.isStopped));
  assert.equal(stage.manager.calls.length, 0);
  assert.equal(stage.clock.timerCount, 0);
  assert.deepEqual(stage.seats.all(), []);
});

test('S1-14: hanging up while the browser asks for the microphone releases it', async () => {
  const stage = new Stage();
  const call = stage.manager.startOutgoing('ben', true);
  call.end();
  await settle();
  assert.ok(stage.devices.tracks.every((track) => track.isStopped));
  assert.equal(stage.count('call:initiate'), 0);
});

test('S3-5: the ring screen goes by itself when the server is not heard', async () => {
  const stage = await incoming({ ring_left_ms: 20_000 });
  await stage.clock.pass(25_000);
  assert.equal(stage.call.ending.reason, 'missed');
  const caller = new Stage();
  const call = caller.manager.startOutgoing('ben');
  await settle();
  await caller.ok('call:initiate', seat());
  await caller.clock.pass(65_000);
  assert.equal(call.ending.reason, 'no_answer');
  assert.equal(caller.open('call:end').data.reason, 'cancelled');
});

test('S3-6: without media after 28 s the call could not be connected', async () => {
  const stage = await outgoing({ isUp: false });
  await stage.clock.pass(27_999);
  assert.equal(stage.call.state, 'connecting');
  await stage.clock.pass(1);
  assert.equal(stage.call.state, 'failed');
  assert.equal(stage.open('call:end').data.reason, 'ice_timeout');
});

test('S3-6: the server may name other times', async () => {
  const stage = new Stage();
  stage.session({ config: { connect_ms: 1000 } });
  const call = stage.manager.startOutgoing('ben');
  await settle();
  await stage.ok('call:initiate', seat());
  await stage.receive('call:answer', { gen: 1, description: remote('answer') });
  await stage.clock.pass(1000);
  assert.equal(call.ending.reason, 'ice_timeout');
});

test('S3-7: each missing device has its own error, and nothing was sent', async () => {
  const cases = [
    ['NotAllowedError', 'permission_denied'], ['NotFoundError', 'no_device'],
    ['NotReadableError', 'device_busy'],
  ];
  for (const [name, code] of cases) {
    const stage = new Stage();
    stage.devices.failing.audio = name;
    const call = stage.manager.startOutgoing('ben');
    await settle();
    assert.equal(call.state, 'failed');
    assert.equal(call.ending.error.code, code);
    assert.equal(stage.sent.length, 0);
  }
  const stage = new Stage();
  stage.devices.getUserMedia = undefined;
  const call = stage.manager.startOutgoing('ben');
  await settle();
  assert.equal(call.ending.error.code, 'insecure_page');
});

test('S3-7: without a camera a video call goes on as a voice call', async () => {
  const stage = new Stage();
  stage.devices.failing.video = 'NotFoundError';
  const call = stage.manager.startOutgoing('ben', true);
  await settle();
  assert.equal(call.media.isCameraMissing, true);
  assert.equal(stage.count('call:initiate'), 1);
});

test('Ruling 9: a callee without a microphone rejects for this device', async () => {
  const stage = await incoming();
  stage.devices.failing.audio = 'NotFoundError';
  stage.manager.acceptIncoming();
  await settle();
  assert.equal(stage.open('call:reject').data.reason, 'media_failed');
  assert.equal(stage.call.state, 'failed');
});

test('Ruling 9: the device that loses stops its media and says why', async () => {
  for (const [code, details, reason] of [
    ['already_answered', {}, 'answered_elsewhere'],
    ['call_ended', { reason: 'no_answer' }, 'no_answer'],
    ['call_ended', { reason: 'cancelled' }, 'cancelled'],
  ]) {
    const stage = await incoming();
    stage.manager.acceptIncoming();
    await settle();
    await stage.refuse('call:answer', code, { details });
    assert.equal(stage.call.ending.reason, reason);
    assert.ok(stage.devices.tracks.every((track) => track.isStopped));
  }
});

test('S4-7: a candidate that is refused does not harm the others', async () => {
  const stage = await outgoing();
  const list = ['a', 'bad', 'b'].map((candidate) => ({ candidate }));
  await stage.receive('call:ice-candidate', { gen: 1, candidates: list });
  await stage.receive('call:ice-candidate', { gen: 1, candidate: '' });
  assert.deepEqual(stage.peer.added, ['a', 'b', '']);
});

test('S4-1: a chat is called by its name', async () => {
  const stage = new Stage();
  stage.manager.startOutgoing({ chatId: 'chat-7' }, false);
  await settle();
  assert.equal(stage.open('call:initiate').data.chat_id, 'chat-7');
  assert.equal(stage.open('call:initiate').data.to, undefined);
});

test('2.6: refusals of a call that starts end it with their code', async () => {
  for (const code of ['callee_offline', 'forbidden', 'duplicate_call', 'rate_limited', 'expired']) {
    const stage = new Stage();
    const call = stage.manager.startOutgoing('ben');
    await settle();
    await stage.refuse('call:initiate', code);
    assert.equal(call.ending.reason, code === 'expired' ? 'offline' : code);
    assert.equal(stage.count('call:end'), code === 'expired' ? 1 : 0);
  }
});

test('Ruling 10: the caller that loses the glare goes on in the call that won', async () => {
  const stage = new Stage();
  const call = stage.manager.startOutgoing('ben', false);
  await settle();
  await stage.receive('call:offer', offer({ call_id: 'c9' }));
  await stage.refuse('call:initiate', 'glare', { details: { call_id: 'c9' } });
  await stage.receive('call:offer', offer({ call_id: 'c9', auto_answer: true }));
  assert.equal(call.id, 'c9');
  assert.equal(call.state, 'connecting');
  assert.deepEqual(stage.manager.calls, [call]);
  assert.equal(stage.open('call:answer').data.call_id, 'c9');
  assert.equal(stage.devices.asked.length, 1);
  assert.deepEqual(stage.heard.filter(([name]) => name === 'end'), [['end', 'glare', 'local']]);
  await stage.ok('call:answer', seat({ polite: true }));
  stage.peer.ice('connected');
  assert.equal(call.state, 'connected');
});

test('Ruling 10: calling somebody who rings here takes their call', async () => {
  const stage = await incoming();
  const call = stage.manager.startOutgoing('ben', false);
  await settle();
  assert.equal(call, stage.call);
  assert.equal(stage.count('call:answer'), 1);
  assert.equal(stage.count('call:initiate'), 0);
});

test('Screen: the track is replaced, and the camera comes back', async () => {
  const stage = await outgoing({ video: true });
  await stage.call.toggleScreen();
  assert.equal(stage.peer.senders[1].track.label, 'screen');
  stage.peer.senders[1].track.onended();
  await settle();
  assert.equal(stage.peer.senders[1].track.label, 'video');
  assert.equal(stage.call.media.isSharing, false);
  assert.equal(stage.peers.length, 1);
});

test('Devices: another microphone is used at once and keeps the mute', async () => {
  const stage = await outgoing();
  stage.call.toggleMute();
  await stage.call.chooseDevice('audio', 'mic2');
  assert.deepEqual(stage.devices.asked.at(-1).audio.deviceId, { exact: 'mic2' });
  assert.equal(stage.peer.senders[0].track.enabled, false);
});

test('2.4: what the other side mutes is known', async () => {
  const stage = await outgoing();
  await stage.receive('state', snapshot());
  assert.equal(stage.call.peer.name, 'Ben');
  await stage.receive('call:media', { from: 'p-ben', audio: false, video: false });
  assert.equal(stage.call.peer.audio, false);
});

test('Ruling 7: a snapshot that is older than the last says nothing', async () => {
  const stage = await outgoing();
  await stage.receive('state', snapshot({ version: 9 }));
  await stage.receive('state', snapshot({ version: 3, state: 'ended', end_reason: 'hangup' }));
  assert.equal(stage.call.state, 'connected');
});
