// One page with a CallManager, and a transport that the test answers.
import { CallManager, SeatTokens, SignalingError } from '../../../Sources/Web/turnstone-client.js';
import { FakeClock, settle } from './fake-clock.mjs';
import { FakeDevices, FakePeer, FakeStream } from './fake-peer.mjs';

export { settle };

export class FakeStorage {
  #map = new Map();
  get length() { return this.#map.size; }
  key(index) { return [...this.#map.keys()][index] ?? null; }
  getItem(key) { return this.#map.get(key) ?? null; }
  setItem(key, value) { this.#map.set(key, value); }
  removeItem(key) { this.#map.delete(key); }
}

export class Stage {
  sent = [];
  heard = [];
  clock = new FakeClock();
  devices = new FakeDevices();
  storage = new FakeStorage();
  seats = new SeatTokens(this.storage, () => 1);
  refreshes = 0;

  constructor() {
    FakePeer.made.length = 0;
    this.manager = new CallManager({
      clock: this.clock, devices: this.devices, seats: this.seats,
      createPeerConnection: (configuration) => new FakePeer(configuration),
      createStream: () => new FakeStream(), createId: () => 'c1',
      send: (type, data, options) => this.#send(type, data, options),
    });
    this.manager.addListener({
      onIncoming: (call) => this.heard.push(['incoming', call.id]),
      onStateChange: (call, state) => this.heard.push([state]),
      onReconnection: (call, state) => this.heard.push(['reconnection', state]),
      onRemoteStream: () => this.heard.push(['stream']),
      onEnd: (call, ending) => this.heard.push(['end', ending.reason, ending.by]),
      onError: (call, error) => this.heard.push(['error', error.code ?? error.message]),
      onMissed: (id) => this.heard.push(['missed', id]),
      onRestorable: (list) => this.heard.push(['restorable', list.map((call) => call.call_id)]),
    });
    this.session();
  }

  #send(type, data, options) {
    if (type === 'ice:refresh') {
      this.refreshes += 1;
      return Promise.resolve({ iceServers: [{ urls: `stun:${this.refreshes}` }], ttl: 3600 });
    }
    return new Promise((resolve, reject) => {
      this.sent.push({ type, data, options, resolve, reject, isDone: false });
    });
  }

  session(more = {}) {
    this.manager.sessionStarted({
      resumed: false, newEpoch: false, calls: [], config: {},
      ice: { iceServers: [{ urls: 'stun:0' }], ttl: 3600 }, ...more,
    });
  }

  /** The request of a type that is open; the last one. */
  open(type) {
    return this.sent.findLast((request) => request.type === type && !request.isDone);
  }

  types() {
    return this.sent.map((request) => request.type);
  }

  count(type) {
    return this.types().filter((other) => other === type).length;
  }

  async ok(type, data = {}) {
    const request = this.open(type);
    if (!request) throw new Error(`no ${type} among ${this.types()}`);
    request.isDone = true;
    request.resolve({ call_id: request.data.call_id, ...data });
    await settle();
  }

  async refuse(type, code, more = {}) {
    const request = this.open(type);
    request.isDone = true;
    request.reject(new SignalingError(code, code, more));
    await settle();
  }

  async receive(type, data = {}) {
    this.manager.receive(type, { call_id: 'c1', ...data });
    await settle();
  }

  get peer() {
    return FakePeer.made.at(-1);
  }

  get peers() {
    return FakePeer.made;
  }

  states() {
    return this.heard.filter(([name]) => name.length > 0 && !['incoming', 'reconnection', 'stream',
      'end', 'error', 'missed', 'restorable'].includes(name)).map(([name]) => name);
  }
}

export const remote = (type, session = 900, ufrag = 'r') => ({
  type, sdp: `v=0\r\no=- ${session} 1 IN IP4 0\r\na=ice-ufrag:${ufrag}\r\n`,
});

export const snapshot = (more = {}) => ({
  status: 'active', state: 'active', version: 5, gen: 1, polite: false, you: 'p-me',
  participants: {
    count: 2,
    list: [
      { peer_id: 'p-me', user_id: 'anna', online: true, media: { audio: true, video: false } },
      { peer_id: 'p-ben', user_id: 'ben', name: 'Ben', online: true,
        media: { audio: true, video: false } },
    ],
  },
  ...more,
});

export const seat = (more = {}) => ({
  ...snapshot({ state: 'ringing', status: 'waiting', version: 1, participants: { count: 1, list: [] } }),
  peer_id: 'p-me', peer_token: 'secret', peer_online: false, ...more,
});

/** A call that this page has started and that was answered; ICE is up when asked for. */
export async function outgoing({ video = false, isUp = true } = {}) {
  const stage = new Stage();
  stage.call = stage.manager.startOutgoing('ben', video);
  await settle();
  await stage.ok('call:initiate', seat());
  await stage.receive('call:answer', {
    gen: 1, description: remote('answer'), candidates: [], peer_id: 'p-ben',
  });
  if (isUp) {
    stage.peer.ice('connected');
    await settle();
  }
  return stage;
}

export const offer = (more = {}) => ({
  call_id: 'c1', caller_id: 'ben', from: { user_id: 'ben', name: 'Ben' }, peer_id: 'p-ben',
  media: { audio: true, video: true }, gen: 1, description: remote('offer'), candidates: [],
  ring_left_ms: 60_000, expires_at: 5, ...more,
});

/** A call that rings here. */
export async function incoming(more = {}) {
  const stage = new Stage();
  await stage.receive('call:offer', offer(more));
  stage.call = stage.manager.calls[0];
  return stage;
}
