// One call, from the first ring to the last word.
import { CallConnection } from './call-connection.js';
import { CallProgress } from './call-progress.js';
import { CallRinging } from './call-ringing.js';
import { CallSeat } from './call-seat.js';
import { CallSignals } from './call-signals.js';
import { eventOfEnd } from './call-state.js';
import { CallTimers } from './call-timers.js';
import { LocalMedia } from './local-media.js';
import { clearStream, takeRemoteTrack } from './remote-media.js';
import { MediaError } from './media-error.js';

/**
 * @typedef {import('./call-state.js').CallState} CallState
 * @typedef {{reason: string, by: 'local' | 'peer' | 'server', durationMs: number,
 *   error?: any}} CallEnding
 * @typedef {{peerId?: string, userId?: string, name?: string, audio?: boolean,
 *   video?: boolean}} CallPeer
 */

export class Call {
  #context;
  #progress;
  #signals;
  #seat;
  #ringing;
  #timers;
  /** @type {CallConnection} */
  connection;
  media;
  /** What is received: one stream for the whole call; its tracks come and go (S1-11). */
  remoteStream;
  /** @type {string} */
  id;
  /** @type {'outgoing' | 'incoming' | 'room'} */
  direction;
  wantsVideo = false;
  /** @type {CallPeer} */
  peer = {};
  /**
   * What the caller wants the callee to know.
   * @type {Record<string, any>}
   */
  metadata = {};
  /** @type {string | null} */
  chatId = null;
  /**
   * How many devices ring; nil before the server has said.
   * @type {number | null}
   */
  devices = null;
  /** The callee sits in another call. */
  isSecond = false;
  /** @type {CallEnding | null} */
  ending = null;

  /**
   * @param {import('./call-manager.js').CallContext} context
   * @param {string} id
   * @param {'outgoing' | 'incoming' | 'room'} direction
   */
  constructor(context, id, direction) {
    this.#context = context;
    this.#progress = new CallProgress(this, context);
    this.id = id;
    this.direction = direction;
    this.remoteStream = context.createStream();
    this.media = new LocalMedia({
      devices: context.devices,
      createStream: context.createStream,
      send: (track, stream) => this.connection.negotiator.setTrack(track, stream),
      unsend: (kind) => this.connection.negotiator.removeTrack(kind),
      onChange: () => this.#mediaChanged(),
    });
    this.#timers = new CallTimers(context.clock, context.times, {
      noAnswer: () => this.#ringing.nobodyAnswered(),
      notConnected: () => this.end('ice_timeout'),
      peerAway: () => {
        this.#progress.peerWaitExpired = true;
        this.changed();
      },
    });
    this.#seat = new CallSeat(this, context);
    this.#ringing = new CallRinging(this, context, this.#timers, this.#seat);
    this.#signals = new CallSignals(this, context, this.#timers, this.#seat);
    this.connection = this.#connect();
  }

  #connect() {
    return new CallConnection({
      context: this.#context,
      send: (type, data) => this.#seat.send(type, data),
      mayRestart: () => this.#progress.mayRestart,
      isPolite: () => this.#seat.isPolite,
      onTrack: (track) => this.#takeTrack(track),
      onChange: (isUp) => this.#mediaUp(isUp),
      onError: (error) => this.#context.tell('onError', this, error),
    });
  }

  get state() {
    return this.#progress.state;
  }

  get isOver() {
    return this.#progress.isOver;
  }

  /** How whole the call is (S0-16). */
  get reconnection() {
    return this.#progress.reconnection;
  }

  get peerDisconnected() {
    return this.#progress.peerDisconnected;
  }

  get peerWaitExpired() {
    return this.#progress.peerWaitExpired;
  }

  get isMediaUp() {
    return this.#progress.isMediaUp;
  }

  get wasConnected() {
    return this.#progress.wasConnected;
  }

  get connectedAt() {
    return this.#progress.connectedAt;
  }

  get localStream() {
    return this.media.stream;
  }

  // For the manager only.
  get signals() {
    return this.#signals;
  }

  get seat() {
    return this.#seat;
  }

  get ringing() {
    return this.#ringing;
  }

  // What a person does.

  /**
   * Takes the call that rings.
   * @param {{video?: boolean, stream?: any, audioDevice?: string, videoDevice?: string}} [how]
   *   `stream`: captured before (S4-3).
   */
  async accept({ video = this.wantsVideo, ...devices } = {}) {
    if (this.state !== 'incoming_ringing') return;
    this.apply('accept');
    this.wantsVideo = video;
    if (await this.openMedia({ video, ...devices })) await this.#ringing.answer();
  }

  /** @param {'declined' | 'busy'} [reason] */
  reject(reason = 'declined') {
    if (this.state !== 'incoming_ringing') return;
    this.#seat.request('call:reject', { reason });
    this.finish({ reason, by: 'local' });
  }

  /**
   * Ends the call for both.
   * @param {string} [reason]
   */
  end(reason = 'hangup') {
    if (this.isOver) return;
    if (this.state === 'incoming_ringing') {
      this.reject();
      return;
    }
    const isEarly = this.state === 'outgoing' && this.direction === 'outgoing';
    const said = isEarly && reason === 'hangup' ? 'cancelled' : reason;
    this.#seat.request('call:end', { reason: said });
    this.finish({ reason: said, by: 'local' });
  }

  /** Gives the seat of a room back; the room stays open (ruling 17). */
  leave() {
    if (this.isOver) return;
    this.#seat.request('call:leave', {});
    this.finish({ reason: 'hangup', by: 'local' });
  }

  toggleMute() {
    return this.media.toggleMute();
  }

  toggleVideo() {
    return this.media.toggleVideo();
  }

  toggleScreen() {
    return this.media.toggleScreen();
  }

  /** @param {'audio' | 'video'} kind @param {string} deviceId */
  chooseDevice(kind, deviceId) {
    return this.media.choose(kind, deviceId);
  }

  /**
   * Words of the application to the other side.
   * @param {any} payload
   */
  sendMessage(payload) {
    return this.#seat.send('app:message', { payload });
  }

  statistics() {
    return this.connection.statistics();
  }

  // What the library does.

  /** @param {import('./call-state.js').CallEvent} event */
  apply(event) {
    this.#progress.apply(event);
  }

  /**
   * Microphone and camera, before anybody is told (S3-7).
   * @param {any} how
   * @returns {Promise<boolean>} False when there are none: the call is over then.
   */
  async openMedia(how) {
    try {
      await this.media.open(how);
      await this.#context.ice.ensure();
      if (this.isOver) return false;
      await this.media.sendAll();
      this.changed();
      return true;
    } catch (cause) {
      const error = MediaError.of(cause);
      if (this.isOver) return false;
      this.#ringing.mediaFailed();
      this.#context.tell('onError', this, error);
      this.finish({ reason: 'media_failed', by: 'local', error });
      return false;
    }
  }

  /**
   * The end, once: everything that the call holds is let go (S1-14).
   * @param {{reason: string, by: 'local' | 'peer' | 'server', durationMs?: number,
   *   error?: any}} ending
   */
  finish({ reason, by, durationMs, error }) {
    if (this.isOver) return;
    const took = durationMs || this.#progress.duration;
    this.ending = { reason, by, durationMs: took, ...(error && { error }) };
    this.#timers.stop();
    this.#seat.close();
    this.connection.close();
    this.media.close();
    clearStream(this.remoteStream);
    this.#progress.alone();
    this.#context.over(this);
    this.apply(eventOfEnd(reason));
    this.#context.tell('onEnd', this, this.ending);
  }

  /** A rival call has won: this object goes on as that one, with the media it has (ruling 10). */
  becomeAnswered(/** @type {string} */ id) {
    this.id = id;
    this.connection.close();
    this.connection = this.#connect();
  }

  /** The other side has gone and may come again: the room waits. */
  alone() {
    this.#progress.alone();
    this.#timers.stopConnecting();
    this.#timers.stopWaiting();
    this.peer = {};
    clearStream(this.remoteStream);
    this.apply('alone');
    this.changed();
  }

  /** @param {boolean} isAway */
  peerAway(isAway) {
    this.#progress.peerAway(isAway);
    if (isAway) this.#timers.startWaiting();
    else this.#timers.stopWaiting();
    this.awaitConnection();
  }

  /** Starts the clock of the connection in full, or stops it while somebody is away (ruling 11). */
  awaitConnection() {
    if (this.#progress.isConnecting) this.#timers.startConnecting();
    else this.#timers.stopConnecting();
    this.#progress.reconsider();
    this.changed();
  }

  changed() {
    this.#context.tell('onChange', this);
  }

  /** @param {boolean} isUp */
  #mediaUp(isUp) {
    this.#progress.mediaChanged(isUp);
    if (isUp) {
      this.#timers.stopConnecting();
      this.#signals.reportConnected();
    }
    this.#progress.reconsider();
    this.changed();
  }

  #mediaChanged() {
    if (this.isOver) return;
    if (this.#seat.isTaken) this.#seat.request('call:media', this.media.state);
    this.changed();
  }

  /** @param {any} track */
  #takeTrack(track) {
    const isFirst = takeRemoteTrack(this.remoteStream, track);
    if (isFirst) this.#context.tell('onRemoteStream', this, this.remoteStream);
    this.changed();
  }
}
