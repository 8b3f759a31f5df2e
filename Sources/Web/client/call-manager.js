// All calls of a page. Knows no transport: what is sent and what comes goes through callbacks
// (S1-7).
import { Call } from './call.js';
import { randomName, systemClock } from './clock.js';
import { IceServers } from './ice-servers.js';
import { Listeners } from './listeners.js';
import { SeatTokens } from './seat-tokens.js';

/**
 * @typedef {object} CallContext What a call needs of its manager.
 * @property {import('./clock.js').Clock} clock
 * @property {(type: string, data: any, options?: any) => Promise<any>} send
 * @property {(configuration: any) => any} createPeerConnection
 * @property {() => any} createStream
 * @property {any} devices
 * @property {IceServers} ice
 * @property {SeatTokens} seats
 * @property {() => Record<string, any>} times
 * @property {() => boolean} isOnline
 * @property {() => number} sessionNumber
 * @property {(name: string, call: Call, ...values: any[]) => void} tell
 * @property {(call: Call, winner: string) => void} yieldTo
 * @property {(call: Call) => void} over
 */

export class CallManager {
  /** @type {Listeners<any>} */
  #listeners = new Listeners();
  /** @type {Map<string, Call>} */
  #calls = new Map();
  /** Our own calls that wait for the offer of the call that has beaten them. */
  #yielding = /** @type {Map<string, Call>} */ (new Map());
  /** @type {CallContext} */
  #context;
  #createId;
  #isOnline = false;
  #session = 0;
  #config = {};

  /** @param {any} options See `CallManagerOptions` in turnstone-client.d.ts. */
  constructor(options) {
    const clock = options.clock ?? systemClock;
    this.#createId = options.createId ?? randomName;
    this.#context = {
      clock,
      send: options.send,
      createPeerConnection: options.createPeerConnection
        ?? ((configuration) => new RTCPeerConnection(configuration)),
      createStream: options.createStream ?? (() => new MediaStream()),
      devices: options.devices ?? globalThis.navigator?.mediaDevices,
      ice: new IceServers(clock, () => options.send('ice:refresh', {})),
      seats: options.seats ?? new SeatTokens(),
      times: () => this.#config,
      isOnline: () => this.#isOnline,
      sessionNumber: () => this.#session,
      tell: (name, call, ...values) => this.#listeners.tell(name, call, ...values),
      yieldTo: (call, winner) => this.#yielding.set(winner, call),
      over: (call) => this.#forget(call),
    };
    if (options.iceServers) this.#context.ice.take({ iceServers: options.iceServers });
  }

  /** @param {any} listener See `CallListener`. @returns {() => void} */
  addListener(listener) {
    return this.#listeners.add(listener);
  }

  /**
   * The calls that are not over.
   * @returns {Call[]}
   */
  get calls() {
    return [...this.#calls.values()];
  }

  /** The one that buttons mean: what is connected, else is being connected, else rings. */
  get current() {
    const order = ['connected', 'connecting', 'outgoing', 'incoming_ringing'];
    const rank = (/** @type {Call} */ call) => order.indexOf(call.state);
    return this.calls.sort((one, other) => rank(one) - rank(other))[0] ?? null;
  }

  /** @param {string} id */
  find(id) {
    return this.#calls.get(id) ?? null;
  }

  // What a person does.

  /**
   * Calls somebody.
   * @param {string | {user?: string, chatId?: string}} target A user, or the other one of a chat.
   * @param {boolean} [video]
   * @param {{metadata?: any, stream?: any, audioDevice?: string, videoDevice?: string}} [how]
   * @returns {Call}
   */
  startOutgoing(target, video = false, { metadata, ...devices } = {}) {
    const { user, chatId } = typeof target === 'string' ? { user: target, chatId: undefined }
      : target;
    // They ring here already: that is the call.
    const rival = this.calls.find((call) => call.state === 'incoming_ringing'
      && user !== undefined && call.peer.userId === user);
    if (rival) {
      rival.accept({ video, ...devices });
      return rival;
    }
    const call = this.#add(this.#createId(), 'outgoing');
    call.wantsVideo = video;
    call.peer = { userId: user };
    call.chatId = chatId ?? null;
    call.apply('start');
    this.#start(call, { video, ...devices }, () => call.ringing.initiate({
      ...(user !== undefined && { to: user }), ...(chatId !== undefined && { chat_id: chatId }),
      ...(metadata && { metadata }),
    }));
    return call;
  }

  /**
   * Enters a room, or opens it.
   * @param {string} id The name in the link; nil makes a new one.
   * @param {boolean} [video]
   * @param {any} [devices]
   * @returns {Call}
   */
  joinRoom(id = this.#createId(), video = false, devices = {}) {
    const known = this.find(id);
    if (known) return known;
    const call = this.#add(id, 'room');
    call.wantsVideo = video;
    call.apply('start');
    this.#start(call, { video, ...devices }, () => call.seat.join({ isFresh: true }));
    return call;
  }

  /**
   * Takes a seat back after the page was loaded again.
   * @param {string} id
   * @param {{token?: string, video?: boolean}} [seat] What `SeatTokens` has kept.
   * @returns {Call}
   */
  rejoin(id, { token, video = false } = {}) {
    const known = this.find(id);
    if (known) return known;
    const call = this.#add(id, 'room');
    call.wantsVideo = video;
    call.apply('rejoin');
    this.#start(call, { video }, () => call.seat.join({ isFresh: true, token }));
    return call;
  }

  /** @param {Call} call @param {any} media @param {() => Promise<void>} then */
  async #start(call, media, then) {
    if (await call.openMedia(media)) await then();
  }

  /** @param {Call | null} [call] @param {any} [how] */
  acceptIncoming(call = this.#ringing, how = {}) {
    return call?.accept(how);
  }

  /** @param {Call | null} [call] */
  reject(call = this.#ringing) {
    call?.reject();
  }

  /** @param {Call | null} [call] */
  end(call = this.current) {
    call?.end();
  }

  /** @param {Call | null} [call] */
  toggleMute(call = this.current) {
    return call?.toggleMute();
  }

  /** @param {Call | null} [call] */
  toggleVideo(call = this.current) {
    return call?.toggleVideo();
  }

  get #ringing() {
    return this.calls.find((call) => call.state === 'incoming_ringing') ?? null;
  }

  // What the transport says.

  /**
   * A message of the server.
   * @param {string} type
   * @param {any} data
   */
  receive(type, data) {
    const id = data?.call_id;
    if (typeof id !== 'string') return;
    if (type === 'call:offer') {
      this.#offered(id, data);
      return;
    }
    const call = this.find(id);
    if (call) call.signals.receive(type, data);
    else if (type === 'call:no-answer' && data.missed) this.#listeners.tell('onMissed', id, data);
  }

  /** @param {string} id @param {any} data */
  #offered(id, data) {
    if (data.auto_answer && this.#yieldNow(id, data)) return;
    const known = this.find(id);
    // A new session is told again of what rings already.
    if (known) {
      if (known.state === 'incoming_ringing') known.ringing.ring(data);
      return;
    }
    const call = this.#add(id, 'incoming');
    call.ringing.ring(data);
    this.#listeners.tell('onIncoming', call);
    if (data.auto_answer) call.accept();
  }

  /** Glare: the call that this page has started becomes the one that won (ruling 10). */
  #yieldNow(/** @type {string} */ id, /** @type {any} */ data) {
    const call = this.#yielding.get(id);
    this.#yielding.delete(id);
    if (!call || call.isOver) return false;
    this.find(id)?.finish({ reason: 'glare', by: 'local' });
    this.#calls.delete(call.id);
    call.becomeAnswered(id);
    this.#calls.set(id, call);
    call.ringing.ring(data);
    call.apply('answered');
    call.media.sendAll().then(() => call.ringing.answer());
    return true;
  }

  /**
   * The connection to the server is there, or gone.
   * @param {boolean} isOnline
   */
  connectionChanged(isOnline) {
    if (this.#isOnline === isOnline) return;
    this.#isOnline = isOnline;
    for (const call of this.calls) call.awaitConnection();
  }

  /**
   * A session goes on or has begun.
   * @param {{resumed: boolean, newEpoch: boolean, calls: any[], ice: any, config: any}} session
   */
  sessionStarted({ resumed, newEpoch, calls, ice, config }) {
    if (!resumed) this.#session += 1;
    this.#config = config ?? {};
    this.#context.ice.take(ice);
    this.connectionChanged(true);
    const snapshots = new Map(calls.map((snapshot) => [snapshot.call_id, snapshot]));
    for (const call of this.calls) {
      call.seat.session({ resumed, newEpoch }, snapshots.get(call.id) ?? null);
    }
    const foreign = calls.filter((snapshot) => !this.#calls.has(snapshot.call_id)
      && snapshot.you !== null);
    if (foreign.length > 0) this.#listeners.tell('onRestorable', foreign);
  }

  /** @param {string} id @param {'outgoing' | 'incoming' | 'room'} direction */
  #add(id, direction) {
    const call = new Call(this.#context, id, direction);
    this.#calls.set(id, call);
    return call;
  }

  /** @param {Call} call */
  #forget(call) {
    if (this.#calls.get(call.id) === call) this.#calls.delete(call.id);
  }
}

/**
 * Lets calls go over a connection.
 * @param {import('./signaling.js').Signaling} signaling
 * @param {any} [options] For the manager, without `send`.
 * @returns {CallManager}
 */
export function callsOver(signaling, options = {}) {
  const manager = new CallManager({
    ...options,
    send: (/** @type {string} */ type, /** @type {any} */ data, /** @type {any} */ how) => (
      signaling.request(type, data, how)),
  });
  signaling.addListener({
    onMessage: (/** @type {string} */ type, /** @type {any} */ data) => manager.receive(type, data),
    onSession: (/** @type {any} */ session) => manager.sessionStarted(session),
    onState: (/** @type {string} */ state) => {
      if (state !== 'connected') manager.connectionChanged(false);
    },
    onReconnected: () => manager.connectionChanged(true),
  });
  return manager;
}
