// How far a call has come, and how whole it is: the one place that knows (S1-1, S0-16).
import { isOver, nextCallState, reconnectionOf } from './call-state.js';

export class CallProgress {
  #call;
  #context;
  /** @type {import('./call-state.js').CallState} */
  state = 'idle';
  /** @type {import('./call-state.js').ReconnectionState} */
  reconnection = 'connected';
  /** Whether media flows at this moment. */
  isMediaUp = false;
  /** Whether it has, with the present other side. */
  wasConnected = false;
  /** @type {number | null} When media first flowed, by the clock. */
  connectedAt = null;
  /** The server has lost the other side (S0-15). */
  peerDisconnected = false;
  /** It has for so long that the words change. */
  peerWaitExpired = false;

  /**
   * @param {import('./call.js').Call} call
   * @param {import('./call-manager.js').CallContext} context
   */
  constructor(call, context) {
    this.#call = call;
    this.#context = context;
  }

  get isOver() {
    return isOver(this.state);
  }

  /** Whether a restart of ICE could be of use. */
  get mayRestart() {
    return this.#context.isOnline() && !this.peerDisconnected
      && (this.state === 'connecting' || this.state === 'connected');
  }

  /** Whether the clock of the connection runs: not while somebody is away (ruling 11). */
  get isConnecting() {
    return this.state === 'connecting' && this.#context.isOnline() && !this.peerDisconnected;
  }

  /** For how long there has been a conversation, in milliseconds. */
  get duration() {
    return this.connectedAt === null ? 0 : this.#context.clock.now() - this.connectedAt;
  }

  /**
   * Moves to another state, if there is a way.
   * @param {import('./call-state.js').CallEvent} event
   */
  apply(event) {
    const next = nextCallState(this.state, event);
    if (next === null || next === this.state) return;
    const before = this.state;
    this.state = next;
    this.reconsider();
    this.#context.tell('onStateChange', this.#call, next, before);
    this.#call.changed();
  }

  /** @param {boolean} isUp */
  mediaChanged(isUp) {
    this.isMediaUp = isUp;
    if (!isUp) return;
    this.wasConnected = true;
    this.connectedAt ??= this.#context.clock.now();
    this.apply('connected');
  }

  /** @param {boolean} isAway */
  peerAway(isAway) {
    this.peerDisconnected = isAway;
    this.peerWaitExpired = false;
  }

  /** Nobody is on the other side any more: over, or a room that waits. */
  alone() {
    this.isMediaUp = false;
    this.wasConnected = false;
    this.peerAway(false);
  }

  /** After anything that `reconnection` depends on has changed. */
  reconsider() {
    const next = reconnectionOf({
      state: this.state, isOnline: this.#context.isOnline(),
      peerDisconnected: this.peerDisconnected, wasConnected: this.wasConnected,
      isMediaUp: this.isMediaUp,
    });
    if (next === this.reconnection) return;
    this.reconnection = next;
    this.#context.tell('onReconnection', this.#call, next);
  }
}
