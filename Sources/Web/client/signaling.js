// The connection to the signaling server: one session over as many sockets as it takes.
import { Backoff } from './backoff.js';
import {
  CLOSE_HEARTBEAT, CLOSE_RESYNC, CLOSE_TOKEN_EXPIRED, isTerminalClose, pauseOfClose,
} from './close-codes.js';
import { Timer, systemClock } from './clock.js';
import { Introduction } from './hello.js';
import { Listeners } from './listeners.js';
import { Replay } from './replay.js';
import { RequestQueue } from './request-queue.js';
import { SocketLink } from './socket-link.js';

/** Messages that are acknowledged at the latest together. */
const acknowledgeEvery = 32;
/** S0-25: for so long the server keeps a seat. */
const windowMs = 30 * 60_000;

/**
 * @typedef {'idle' | 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'closed'}
 *   SignalingState
 */

export class Signaling {
  /** @type {import('./clock.js').Clock} */
  #clock;
  #introduction;
  /** @type {Listeners<any>} */
  #listeners = new Listeners();
  #backoff;
  #replay = new Replay();
  #queue;
  #link;
  /** @type {SignalingState} */
  #state = 'idle';
  /** @type {{sid: string, rid: string, epoch: string} | null} In memory only (ruling 3). */
  #session = null;
  /** @type {any} */
  #welcome = null;
  #acknowledged = 0;
  /** @type {number | null} */
  #lostAt = null;
  #isTokenExpired = false;
  #retry;

  /** @param {any} options See `SignalingOptions` in turnstone-client.d.ts. */
  constructor(options) {
    this.#introduction = new Introduction(options);
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(() => this.#clock.random());
    this.#retry = new Timer(this.#clock, () => this.#open());
    this.#queue = new RequestQueue({
      clock: this.#clock,
      write: (frame) => this.#write(frame),
      onChange: (count) => this.#listeners.tell('onQueue', count, this.isConnected),
    });
    this.#link = new SocketLink({
      ...options,
      clock: this.#clock,
      token: (/** @type {any} */ reason) => this.#introduction.token(reason),
      oldestSentAt: () => this.#queue.oldestSentAt,
      hello: (token) => this.#hello(token),
      onFrame: (frame) => this.#receive(frame),
      onLost: (code, reason) => this.#lose(code, reason),
    });
  }

  get state() {
    return this.#state;
  }

  get isConnected() {
    return this.#link.isWelcome;
  }

  /** The data of the last `welcome`; nil before the first. */
  get welcome() {
    return this.#welcome;
  }

  /** @returns {string | null} */
  get userId() {
    return this.#welcome?.user_id ?? null;
  }

  // The connection record of S0-4.
  get reconnectAttempts() {
    return this.#backoff.attempts;
  }

  get reconnectTimer() {
    return this.#retry.isSet;
  }

  /** No reconnection once this is set: `close` was called, or the server said not to come back. */
  get callEnded() {
    return this.#state === 'closed';
  }

  /** How many requests wait to be sent or answered. */
  get queued() {
    return this.#queue.count;
  }

  /** @param {any} listener See `SignalingListener`. @returns {() => void} */
  addListener(listener) {
    return this.#listeners.add(listener);
  }

  /** Opens the connection, and keeps it open from now on. */
  connect() {
    if (this.#state !== 'idle' && this.#state !== 'failed') return;
    this.#setState(this.#welcome ? 'reconnecting' : 'connecting');
    this.#lostAt = this.#clock.now();
    this.#open();
  }

  /**
   * Asks the server for something.
   * @param {string} type
   * @param {any} [data]
   * @param {{expiresAt?: number, isFirst?: boolean}} [options] `expiresAt`: when it is no longer
   *   worth sending. `isFirst`: ahead of what waits.
   * @returns {Promise<any>} What the `ok` says; rejected with a `SignalingError`.
   */
  request(type, data = {}, options = {}) {
    const answer = this.#queue.add(type, data, options);
    if (this.callEnded) this.#queue.close();
    this.#link.arm();
    return answer;
  }

  /** Ends the session and its calls on the server, for good. Never for a page that hides. */
  close() {
    if (this.callEnded) return;
    if (this.isConnected) this.#write({ type: 'bye' });
    this.#end(1000, 'closed here');
  }

  /** A hint that the network has changed or that the page is seen again: looks at once. */
  nudge() {
    if (this.#state === 'failed') this.connect();
    else if (this.#retry.isSet) this.#open();
    else this.#link.check();
  }

  /** A hint that the network was away: the old socket is not trusted any more. */
  networkReturned() {
    // It says so a moment before it works: the next attempts follow soon.
    this.#backoff.reset();
    if (this.isConnected) this.#comeBack(CLOSE_HEARTBEAT, 'the network has changed');
    else this.nudge();
  }

  /** Whether the other side still lives, as far as can be told now. */
  check() {
    this.#link.check();
  }

  // Sockets.

  #open() {
    this.#retry.clear();
    if (!this.callEnded) this.#link.open(this.#isTokenExpired ? 'expired' : 'connect');
  }

  /** @param {string | null} token */
  #hello(token) {
    const resume = this.#session && { ...this.#session, last_seq: this.#replay.lastSeq };
    return this.#introduction.frame(token, resume);
  }

  /**
   * Gives the present socket up and resumes on another at once.
   * @param {number} code
   * @param {string} reason
   */
  #comeBack(code, reason) {
    this.#link.drop(code, reason);
    if (this.#retry.isSet) this.#open();
  }

  /** @param {number} code @param {string} reason */
  #lose(code, reason) {
    this.#queue.disconnected();
    this.#isTokenExpired = code === CLOSE_TOKEN_EXPIRED;
    if (isTerminalClose(code)) {
      this.#end(code, reason);
      this.#listeners.tell('onReconnectFailed', code, reason);
      return;
    }
    const now = this.#clock.now();
    this.#lostAt ??= now;
    if (now - this.#lostAt >= (this.#welcome?.config?.reconnect_window_ms ?? windowMs)) {
      this.#setState('failed');
      this.#listeners.tell('onReconnectFailed', code, reason);
      return;
    }
    this.#scheduleReconnect(pauseOfClose(code, reason), code);
  }

  /** @param {number} pause @param {number} code */
  #scheduleReconnect(pause, code) {
    const delayMs = Math.max(pause, this.#backoff.next());
    this.#setState(this.#welcome ? 'reconnecting' : 'connecting');
    this.#retry.set(delayMs);
    this.#listeners.tell('onReconnecting', { attempt: this.#backoff.attempts, delayMs, code });
  }

  /** @param {number} code @param {string} reason */
  #end(code, reason) {
    this.#link.close();
    this.#session = null;
    this.#retry.clear();
    this.#setState('closed');
    this.#queue.close();
    this.#listeners.tell('onClosed', code, reason);
  }

  // Frames.

  /** @param {any} frame */
  #write(frame) {
    if (!this.isConnected) return;
    const { lastSeq } = this.#replay;
    const ack = lastSeq > this.#acknowledged ? { ack: lastSeq } : {};
    this.#acknowledged = lastSeq;
    this.#link.send({ ...frame, ...ack });
  }

  /** @param {any} frame */
  #receive(frame) {
    const data = frame.data ?? {};
    switch (frame.type) {
      case 'welcome': this.#receiveWelcome(data); break;
      // From the message handler: timers of a page that is not seen are slow (2.3).
      case 'ping': this.#write({ type: 'pong', data: { t: data.t } }); break;
      case 'ok': this.#queue.answered(frame.id, data, false); break;
      case 'error':
        if (frame.id) this.#queue.answered(frame.id, data, true);
        else this.#refused(data);
        break;
      default: if (this.isConnected && frame.seq > 0) this.#receiveMessage({ ...frame, data });
    }
  }

  /**
   * What no request has asked for: most often the `hello` was wrong.
   * @param {any} data
   */
  #refused(data) {
    const isTaken = data.details?.reason === 'name_taken' && !this.isConnected;
    if (isTaken && this.#introduction.takeAnotherName()) this.#link.send(this.#hello(null));
    else this.#listeners.tell('onError', data);
  }

  /** @param {any} message */
  #receiveMessage(message) {
    const verdict = this.#replay.judge(message.seq);
    if (verdict === 'duplicate') return;
    if (verdict === 'gap') {
      this.#comeBack(CLOSE_RESYNC, 'a message is missing');
      return;
    }
    const wasOpen = this.#replay.isOpen;
    this.#pass(this.#replay.take(message));
    if (wasOpen && !this.#replay.isOpen) this.#tellSession(true, false);
    if (this.#replay.lastSeq - this.#acknowledged >= acknowledgeEvery) this.#write({ type: 'ack' });
  }

  /** @param {any[]} messages */
  #pass(messages) {
    for (const message of messages) {
      if (message.type === 'token-expiring') this.#refreshToken();
      this.#listeners.tell('onMessage', message.type, message.data);
    }
  }

  async #refreshToken() {
    try {
      const token = await this.#introduction.token('expiring');
      if (token) await this.request('auth:refresh', { token });
    } catch (error) {
      this.#listeners.tell('onError', error);
    }
  }

  /** @param {any} welcome */
  #receiveWelcome(welcome) {
    if (this.isConnected) return;
    const isNewEpoch = this.#session !== null && this.#session.epoch !== welcome.epoch;
    const wasAway = this.#welcome !== null;
    const isResumed = welcome.resumed === true;
    this.#session = { sid: welcome.sid, rid: welcome.rid, epoch: welcome.epoch };
    this.#welcome = welcome;
    this.#link.isWelcome = true;
    this.#isTokenExpired = false;
    this.#lostAt = null;
    this.#backoff.configure(welcome.config);
    this.#backoff.reset();
    this.#setState('connected');
    if (isResumed) this.#resume(welcome);
    else this.#restart(welcome, wasAway);
    if (wasAway) this.#listeners.tell('onReconnected', { resumed: isResumed });
    if (!this.isConnected) return;
    if (!isResumed || !this.#replay.isOpen) this.#tellSession(isResumed, isNewEpoch);
    if (!isResumed) this.#queue.begin();
  }

  /** @param {any} welcome */
  #resume(welcome) {
    this.#replay.resumed(welcome.replay_to ?? 0);
    this.#queue.resumed(welcome.last_client_id ?? 0);
    if (!this.#replay.isOpen) this.#pass(this.#replay.flush());
  }

  /** @param {any} welcome @param {boolean} wasAway Whether there was a session before. */
  #restart(welcome, wasAway) {
    /** @type {Set<string>} */
    const known = new Set((welcome.calls ?? []).map((/** @type {any} */ call) => call.call_id));
    this.#acknowledged = 0;
    const rest = this.#replay.restarted(welcome.replay_to ?? 0, known);
    if (wasAway) this.#queue.restarted(known);
    this.#pass(rest);
  }

  /** @param {boolean} isResumed @param {boolean} isNewEpoch */
  #tellSession(isResumed, isNewEpoch) {
    const { calls = [], ice = null, config = {}, user_id: userId } = this.#welcome;
    this.#listeners.tell('onSession', {
      resumed: isResumed, newEpoch: isNewEpoch, calls, ice, config, userId,
    });
  }

  /** @param {SignalingState} state */
  #setState(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.#listeners.tell('onState', state);
  }
}
