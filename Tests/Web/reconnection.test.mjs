// What a call survives: lost sockets, lost peers, lost pages, lost paths (S0, rulings 1 to 11).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stage, incoming, outgoing, remote, seat, settle, snapshot } from './support/call-stage.mjs';

const answered = (stage, gen, session) => stage.receive('call:description', {
  gen, from: 'p-ben', description: remote('answer', session),
});

test('S0-1, S0-16: a lost connection to the server leaves the call and its media alone', async () => {
  const stage = await outgoing();
  stage.manager.connectionChanged(false);
  assert.equal(stage.call.state, 'connected');
  assert.equal(stage.call.reconnection, 'reconnecting');
  await stage.clock.pass(600_000);
  assert.equal(stage.call.state, 'connected');
  assert.equal(stage.peer.isClosed, false);
  stage.session({ resumed: true, calls: [{ ...snapshot(), call_id: 'c1' }] });
  assert.equal(stage.call.reconnection, 'connected');
});

test('a path that died with the socket is replaced before ICE has noticed', async () => {
  const stage = await outgoing();
  stage.peer.arrived = 1000;
  const comeBack = async () => {
    stage.manager.connectionChanged(false);
    stage.session({ resumed: true, calls: [{ ...snapshot(), call_id: 'c1' }] });
    await settle();
  };
  await comeBack();
  await stage.clock.pass(2900);
  stage.peer.arrived += 1;
  await stage.clock.pass(10_000);
  assert.equal(stage.count('call:description'), 0, 'what lives is left alone');
  await comeBack();
  await stage.clock.pass(2999);
  assert.equal(stage.count('call:description'), 0);
  await stage.clock.pass(1);
  assert.equal(stage.count('call:description'), 1);
  assert.deepEqual(stage.peer.offers.at(-1), { iceRestart: true });
  assert.equal(stage.refreshes, 1, 'with fresh credentials');
  stage.peer.ice('failed');
  await stage.clock.pass(1900);
  assert.equal(stage.count('call:description'), 1, 'one restart in 5 s');
});

test('S0-12: disconnected waits 3 s, then restarts; not when it recovers meanwhile', async () => {
  const stage = await outgoing();
  stage.peer.ice('disconnected');
  await stage.clock.pass(2900);
  stage.peer.ice('connected');
  await stage.clock.pass(10_000);
  assert.equal(stage.count('call:description'), 0);
  stage.peer.ice('disconnected');
  await stage.clock.pass(2999);
  assert.equal(stage.count('call:description'), 0);
  await stage.clock.pass(1);
  assert.equal(stage.count('call:description'), 1);
});

test('S0-13, S0-14: failed restarts ICE at once, through signaling', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  const { data } = stage.open('call:description');
  assert.deepEqual([data.gen, data.description.type], [2, 'offer']);
  assert.deepEqual(stage.peer.offers.at(-1), { iceRestart: true });
  assert.equal(stage.call.reconnection, 'reconnecting');
  await stage.ok('call:description', { gen: 2 });
  await answered(stage, 2);
  stage.peer.ice('connected');
  assert.equal(stage.call.reconnection, 'connected');
});

test('S0-20: every restart fetches fresh credentials first', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  assert.equal(stage.refreshes, 1);
  assert.deepEqual(stage.peer.configuration.iceServers, [{ urls: 'stun:1' }]);
});

test('S0-12, S0-20: disconnected fetches credentials at once, for the restart that may follow', async () => {
  const stage = await outgoing();
  stage.peer.ice('disconnected');
  await settle();
  assert.equal(stage.refreshes, 1);
  await stage.clock.pass(3000);
  assert.equal(stage.count('call:description'), 1);
  assert.equal(stage.refreshes, 1);
  await stage.ok('call:description', { gen: 2 });
  await answered(stage, 2);
  stage.peer.ice('failed');
  await stage.clock.pass(5000);
  assert.equal(stage.refreshes, 2);
});

test('2.5: one restart in 5 s', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  await stage.ok('call:description', { gen: 2 });
  await answered(stage, 2);
  stage.peer.ice('checking');
  stage.peer.ice('failed');
  await stage.clock.pass(4999);
  assert.equal(stage.count('call:description'), 1);
  await stage.clock.pass(1);
  assert.equal(stage.count('call:description'), 2);
});

test('S0-21: after three restarts that brought nothing a new peer connection is tried', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  for (let gen = 2; gen <= 4; gen += 1) {
    await stage.ok('call:description', { gen });
    await answered(stage, gen);
    await stage.clock.pass(12_000);
  }
  assert.equal(stage.peers.length, 2);
  assert.equal(stage.peers[0].isClosed, true);
  assert.equal(stage.peer.senders.length, 1);
  assert.equal(stage.open('call:description').data.gen, 5);
});

test('S0-21: a peer connection that is closed is replaced at once', async () => {
  const stage = await outgoing();
  stage.peer.signalingState = 'closed';
  stage.peer.setConfiguration = () => { throw new Error('closed'); };
  stage.peer.ice('failed');
  await settle();
  assert.equal(stage.peers.length, 2);
  assert.equal(stage.count('call:description'), 1);
});

test('S0-21: an offer from a new peer connection of the other side gets a new one here', async () => {
  const stage = await outgoing();
  await stage.receive('call:description', { gen: 2, description: remote('offer', 901) });
  assert.equal(stage.peers.length, 2);
  assert.equal(stage.open('call:description').data.description.type, 'answer');
  await stage.receive('call:description', { gen: 3, description: remote('offer', 901) });
  assert.equal(stage.peers.length, 2);
});

test('S0-15: a lost peer ends nothing; after 30 s the words change', async () => {
  const stage = await outgoing();
  await stage.receive('peer-disconnected', { peer_id: 'p-ben', cause: 'socket' });
  assert.equal(stage.call.reconnection, 'peer-disconnected');
  assert.equal(stage.call.peerDisconnected, true);
  await stage.clock.pass(29_999);
  assert.equal(stage.call.peerWaitExpired, false);
  await stage.clock.pass(1);
  assert.equal(stage.call.peerWaitExpired, true);
  await stage.clock.pass(1_700_000);
  assert.equal(stage.call.state, 'connected');
});

test('S0-15: while the peer is lost nobody restarts; S0-18: on its return media comes back', async () => {
  const stage = await outgoing();
  await stage.receive('peer-disconnected', { peer_id: 'p-ben' });
  stage.peer.ice('failed');
  await stage.clock.pass(60_000);
  assert.equal(stage.count('call:description'), 0);
  await stage.receive('peer-reconnected', {
    peer_id: 'p-ben', fresh_client: false, resumed: true, gen: 1, restart_by: 'p-me',
  });
  assert.equal(stage.call.peerDisconnected, false);
  assert.equal(stage.count('call:description'), 1);
});

test('S0-18: whose media still flows restarts nothing', async () => {
  const stage = await outgoing();
  await stage.receive('peer-disconnected', { peer_id: 'p-ben' });
  await stage.receive('peer-reconnected', { fresh_client: false, gen: 1, restart_by: 'p-me' });
  assert.equal(stage.count('call:description'), 0);
  assert.equal(stage.call.reconnection, 'connected');
});

test('2.5: a fresh client is met with a new connection; the one named by restart_by offers', async () => {
  const stage = await outgoing();
  await stage.receive('peer-reconnected', {
    peer_id: 'p-ben', fresh_client: true, gen: 2, restart_by: 'p-me',
  });
  assert.equal(stage.peers.length, 2);
  assert.equal(stage.peer.senders.length, 1);
  assert.equal(stage.open('call:description').data.gen, 3);
  const other = await outgoing();
  await other.receive('peer-reconnected', { fresh_client: true, gen: 2, restart_by: 'p-ben' });
  other.peer.onnegotiationneeded();
  await settle();
  assert.equal(other.count('call:description'), 0);
  await other.receive('call:description', { gen: 3, description: remote('offer', 901) });
  assert.equal(other.open('call:description').data.gen, 3);
});

test('S0-19: a join that is a reconnection renegotiates from the impolite side', async () => {
  const stage = new Stage();
  const call = stage.manager.joinRoom('c1', false);
  await settle();
  await stage.ok('call:join', seat({ state: 'waiting', gen: 0 }));
  await stage.receive('join', { peer_id: 'p-ben', is_reconnect: false, peer_online: true });
  assert.equal(call.state, 'connecting');
  assert.equal(stage.open('call:description').data.gen, 1);
  await stage.ok('call:description', { gen: 1 });
  await answered(stage, 1);
  stage.peer.ice('connected');
  stage.peer.ice('failed');
  await settle();
  await stage.ok('call:description', { gen: 2 });
  await answered(stage, 2);
  await stage.clock.pass(5000);
  const before = stage.count('call:description');
  await stage.receive('join', { peer_id: 'p-ben', is_reconnect: true, peer_online: true });
  assert.equal(stage.count('call:description'), before + 1);
});

test('2.5: a room is offered by the impolite side only, and the polite one answers', async () => {
  const stage = new Stage();
  const call = stage.manager.joinRoom('c1', true);
  await settle();
  await stage.ok('call:join', seat({
    ...snapshot({ state: 'answered', gen: 0, polite: true }), peer_online: true, polite: true,
  }));
  assert.equal(call.state, 'connecting');
  assert.equal(stage.count('call:description'), 0);
  await stage.receive('call:description', { gen: 1, description: remote('offer') });
  assert.equal(stage.open('call:description').data.description.type, 'answer');
});

test('Ruling 17: when the other side leaves a room it waits, and meets the next one anew', async () => {
  const stage = new Stage();
  const call = stage.manager.joinRoom('c1', false);
  await settle();
  await stage.ok('call:join', seat({ state: 'waiting', gen: 0 }));
  await stage.receive('join', { peer_id: 'p-ben', is_reconnect: false, peer_online: true });
  await stage.ok('call:description', { gen: 1 });
  await answered(stage, 1);
  stage.peer.ice('connected');
  await stage.receive('leave', { peer_id: 'p-ben' });
  assert.equal(call.state, 'outgoing');
  assert.equal(call.reconnection, 'connected');
  await stage.receive('state', { ...snapshot(), status: 'waiting', state: 'waiting', gen: 2 });
  await stage.receive('join', { peer_id: 'p-eva', is_reconnect: false, peer_online: true });
  assert.equal(stage.open('call:description').data.gen, 3);
  assert.equal(stage.peers[0].isClosed, true);
});

test('Ruling 1: whoever is told glare rolls back and answers the winner', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  assert.equal(stage.peer.signalingState, 'have-local-offer');
  await stage.refuse('call:description', 'glare', { details: { gen: 2 } });
  assert.equal(stage.peer.signalingState, 'stable');
  await stage.receive('call:description', { gen: 2, description: remote('offer') });
  const { data } = stage.open('call:description');
  assert.deepEqual([data.gen, data.description.type], [2, 'answer']);
});

test('Ruling 1: the winner may come before the verdict', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  const lost = stage.open('call:description');
  await stage.receive('call:description', { gen: 2, description: remote('offer') });
  assert.equal(stage.open('call:description').data.description.type, 'answer');
  lost.isDone = true;
  lost.reject(Object.assign(new Error('glare'), { code: 'glare' }));
  await settle();
  assert.equal(stage.peer.signalingState, 'stable');
  assert.equal(stage.count('call:description'), 2);
});

test('Ruling 1: a newer offer of the other side supersedes the one that is being answered', async () => {
  const stage = await outgoing();
  stage.manager.receive('call:description', {
    call_id: 'c1', gen: 2, description: remote('offer', 900, 'a') });
  await stage.receive('call:description', { gen: 3, description: remote('offer', 900, 'b') });
  await stage.refuse('call:description', 'stale_gen', { details: { gen: 3 } });
  const answers = stage.sent.filter((request) => request.type === 'call:description');
  assert.deepEqual(answers.map((request) => request.data.gen), [2, 3]);
  assert.ok(stage.peer.remoteDescription.sdp.includes('ice-ufrag:b'));
});

test('2.5: descriptions and answers of an older gen change nothing', async () => {
  const stage = await outgoing();
  await stage.receive('call:description', { gen: 2, description: remote('offer') });
  await stage.ok('call:description', { gen: 2 });
  const before = stage.sent.length;
  await stage.receive('call:description', { gen: 2, description: remote('offer', 905) });
  await stage.receive('call:description', { gen: 1, description: remote('answer') });
  await answered(stage, 2);
  assert.equal(stage.sent.length, before);
});

test('2.5: an offer that is out of step waits for what it has missed, then comes again', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  await stage.refuse('call:description', 'stale_gen', { details: { gen: 4 } });
  await stage.clock.pass(500);
  assert.equal(stage.open('call:description').data.gen, 5);
  assert.deepEqual(stage.peer.offers.at(-1), { iceRestart: true });
});

test('2.5: a restart that came too soon is made when the server allows it', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  await stage.refuse('call:description', 'rate_limited', { retryMs: 3000 });
  await stage.clock.pass(2999);
  assert.equal(stage.count('call:description'), 1);
  await stage.clock.pass(1);
  assert.equal(stage.count('call:description'), 2);
});

test('Ruling 2: candidates of a higher gen wait for their description, older ones are dropped', async () => {
  const stage = await outgoing();
  await stage.receive('call:ice-candidate', { gen: 2, candidate: { candidate: 'new' } });
  assert.deepEqual(stage.peer.added, []);
  await stage.receive('call:description', { gen: 2, description: remote('offer') });
  assert.deepEqual(stage.peer.added, ['new']);
  await stage.receive('call:ice-candidate', { gen: 1, candidate: { candidate: 'old' } });
  assert.deepEqual(stage.peer.added, ['new']);
});

test('Ruling 2: our candidates quote the gen of the description they belong to', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  stage.peer.found('x');
  await stage.clock.pass(100);
  assert.equal(stage.open('call:ice-candidate').data.gen, 2);
});

test('Ruling 5: after a lost session the seat is taken back with its token and the media kept', async () => {
  const stage = await outgoing();
  stage.manager.connectionChanged(false);
  stage.session({ newEpoch: true, calls: [] });
  const request = stage.open('call:join');
  assert.deepEqual(request.data, { call_id: 'c1', peer_token: 'secret', fresh_client: false });
  assert.equal(request.options.isFirst, true);
  await stage.ok('call:join', { ...snapshot({ version: 1, gen: 0 }), peer_id: 'p-me',
    peer_token: 'new', peer_online: false });
  assert.equal(stage.peers.length, 1);
  assert.equal(stage.call.peerDisconnected, true);
  await stage.receive('peer-reconnected', { fresh_client: false, gen: 0, restart_by: 'p-me' });
  stage.peer.ice('failed');
  await settle();
  assert.equal(stage.open('call:description').data.gen, 1);
});

test('Ruling 4: while media flows a forgotten call is not ended, and asked for again', async () => {
  const stage = await outgoing();
  stage.session({ newEpoch: true });
  await stage.refuse('call:join', 'call_not_found');
  assert.equal(stage.call.state, 'connected');
  await stage.clock.pass(10_000);
  assert.equal(stage.count('call:join'), 2);
  stage.peer.ice('failed');
  await stage.refuse('call:join', 'call_not_found');
  assert.equal(stage.call.state, 'failed');
});

test('Ruling 9: a call that ended meanwhile says why', async () => {
  const stage = await outgoing();
  stage.session({ newEpoch: false });
  await stage.refuse('call:join', 'call_ended', { details: { reason: 'reconnect_timeout' } });
  assert.equal(stage.call.ending.reason, 'reconnect_timeout');
});

test('Ruling 8: a page that was loaded again takes its seat back as a fresh client', async () => {
  const stage = new Stage();
  stage.session({ resumed: false, calls: [{ ...snapshot(), call_id: 'c1' }] });
  assert.deepEqual(stage.heard.at(-1), ['restorable', ['c1']]);
  const call = stage.manager.rejoin('c1', { token: 'kept', video: true });
  await settle();
  assert.deepEqual(stage.open('call:join').data,
    { call_id: 'c1', peer_token: 'kept', fresh_client: true });
  await stage.ok('call:join', { ...snapshot({ gen: 2 }), peer_id: 'p-me', peer_token: 'next',
    peer_online: true, is_reconnect: true });
  assert.equal(call.state, 'connecting');
  assert.equal(stage.open('call:description').data.gen, 3);
  assert.equal(stage.seats.find('c1').token, 'next');
});

test('Ruling 8: who has lost the seat to another page is told so', async () => {
  const stage = await outgoing();
  await stage.receive('call:end', { reason: 'taken_over', by: 'p-me' });
  assert.equal(stage.call.ending.reason, 'taken_over');
  assert.equal(stage.call.state, 'ended');
});

test('Ruling 11: a fresh caller whose old page was answered offers anew', async () => {
  const stage = new Stage();
  const call = stage.manager.rejoin('c1', { token: 'kept' });
  await settle();
  await stage.ok('call:join', seat({ gen: 1 }));
  assert.equal(call.state, 'outgoing');
  await stage.receive('state', { ...snapshot({ state: 'answered', gen: 2 }) });
  assert.equal(call.state, 'connecting');
  assert.equal(stage.open('call:description').data.gen, 3);
});

test('Ruling 11: the clock of the connection stops while somebody is away', async () => {
  const stage = await outgoing({ isUp: false });
  await stage.clock.pass(20_000);
  await stage.receive('peer-disconnected', {});
  await stage.clock.pass(60_000);
  assert.equal(stage.call.state, 'connecting');
  await stage.receive('peer-reconnected', { fresh_client: false, gen: 1, restart_by: 'p-ben' });
  await stage.clock.pass(27_999);
  assert.equal(stage.call.state, 'connecting');
  await stage.clock.pass(1);
  assert.equal(stage.call.state, 'failed');
});

test('Ruling 12: a new session is offered the same call again and rings on, once', async () => {
  const stage = await incoming();
  stage.session({ calls: [{ ...snapshot({ state: 'ringing' }), call_id: 'c1', you: null }] });
  await stage.receive('call:offer', {
    caller_id: 'ben', media: { audio: true, video: false }, gen: 1,
    description: remote('offer', 900, 'again'), candidates: [], ring_left_ms: 10_000,
  });
  assert.equal(stage.heard.filter(([name]) => name === 'incoming').length, 1);
  assert.equal(stage.call.state, 'incoming_ringing');
  stage.call.accept();
  await settle();
  assert.ok(stage.peer.remoteDescription.sdp.includes('again'));
});

test('Ruling 12: what no longer rings after a lost session is missed', async () => {
  const stage = await incoming();
  stage.session({ newEpoch: true });
  assert.equal(stage.call.ending.reason, 'missed');
});

test('An offer that the session has lost is made again when the seat is back', async () => {
  const stage = await outgoing();
  stage.peer.ice('failed');
  await settle();
  await stage.refuse('call:description', 'session_lost');
  assert.equal(stage.peer.signalingState, 'stable');
  stage.session({ calls: [{ ...snapshot(), call_id: 'c1' }] });
  await stage.ok('call:join', { ...snapshot(), peer_id: 'p-me', peer_online: true });
  assert.equal(stage.open('call:description').data.gen, 2);
});
