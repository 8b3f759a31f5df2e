// One socket at a time: opened with a fresh token, watched, and forgotten when it is lost.
import { CLOSE_HEARTBEAT } from './close-codes.js';
import { Timer } from './clock.js';

/** Without any frame for so long the server is gone (S3-1: 25 s and 20 s). */
const silenceMs = 45_000;
/** A request on a live connection is answered sooner. */
const answerMs = 10_000;
const handshakeMs = 15_000;

/**
 * @typedef {object} SocketLinkOptions
 * @property {import('./clock.js').Clock} clock
 * @property {string} url
 * @property {string[]} [protocols]
 * @property {(url: string, protocols?: string[]) => any} [createSocket]
 * @property {(reason: string) => Promise<string | null>} token
 * @property {() => number | null} oldestSentAt When the oldest unanswered request was sent.
 * @property {(token: string | null) => any} hello The first frame.
 * @property {(frame: any) => void} onFrame
 * @property {(code: number, reason: string) => void} onLost
 */

export class SocketLink {
  #options;
  #clock;
  /** @type {any} The socket that counts; what others say is ignored. */
  #socket = null;
  #lastInbound = 0;
  #watchdog;
  /** Whether the server has taken us in: silence is judged more mildly then. */
  isWelcome = false;

  /** @param {SocketLinkOptions} options */
  constructor(options) {
    this.#options = options;
    this.#clock = options.clock;
    this.#watchdog = new Timer(this.#clock, () => this.check());
  }

  get isInUse() {
    return this.#socket !== null;
  }

  /** @param {string} tokenReason */
  async open(tokenReason) {
    if (this.#socket !== null) return;
    const place = {};
    this.#socket = place;
    this.#lastInbound = this.#clock.now();
    this.arm();
    let token;
    try {
      token = await this.#options.token(tokenReason);
    } catch (error) {
      if (this.#socket === place) this.#lose(1006, `no token: ${String(error)}`);
      return;
    }
    if (this.#socket === place) this.#listen(token);
  }

  /** @param {string | null} token */
  #listen(token) {
    const { url, protocols, createSocket } = this.#options;
    let socket;
    try {
      socket = createSocket ? createSocket(url, protocols) : new WebSocket(url, protocols ?? []);
    } catch (error) {
      this.#lose(1006, String(error));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      if (this.#socket === socket) socket.send(JSON.stringify(this.#options.hello(token)));
    };
    socket.onmessage = (/** @type {{data: any}} */ event) => {
      if (this.#socket === socket) this.#receive(event.data);
    };
    // What a socket says that is no longer current concerns nobody, 4504 above all (ruling 3).
    socket.onclose = (/** @type {{code: number, reason: string}} */ event) => {
      if (this.#socket === socket) this.#lose(event.code, event.reason ?? '');
    };
  }

  /** @param {any} text */
  #receive(text) {
    this.#lastInbound = this.#clock.now();
    this.arm();
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame !== null && typeof frame === 'object') this.#options.onFrame(frame);
  }

  /** @param {any} frame */
  send(frame) {
    try {
      this.#socket.send(JSON.stringify(frame));
    } catch {
      // It is closing; what was not answered is sent again on the next one.
    }
    this.arm();
  }

  /**
   * Gives the present socket up.
   * @param {number} code
   * @param {string} reason
   */
  drop(code, reason) {
    const socket = this.#socket;
    if (socket === null) return;
    this.#lose(code, reason);
    closeQuietly(socket, code, reason);
  }

  /** Closes without telling. */
  close() {
    const socket = this.#socket;
    this.#forget();
    closeQuietly(socket, 1000, 'closed');
  }

  /** Whether the other side still lives, as far as can be told now. */
  check() {
    if (this.#socket === null) return;
    if (this.#clock.now() >= this.#dueAt()) this.drop(CLOSE_HEARTBEAT, 'nothing was heard');
    else this.arm();
  }

  /** Looks again when something has to have been heard. */
  arm() {
    if (this.#socket !== null) this.#watchdog.set(this.#dueAt() - this.#clock.now());
  }

  #dueAt() {
    const due = this.#lastInbound + (this.isWelcome ? silenceMs : handshakeMs);
    const sentAt = this.#options.oldestSentAt();
    const isAwaited = sentAt !== null && sentAt > this.#lastInbound;
    return isAwaited ? Math.min(due, sentAt + answerMs) : due;
  }

  /** @param {number} code @param {string} reason */
  #lose(code, reason) {
    this.#forget();
    this.#options.onLost(code, reason);
  }

  #forget() {
    this.#socket = null;
    this.isWelcome = false;
    this.#watchdog.clear();
  }
}

/** @param {any} socket @param {number} code @param {string} reason */
function closeQuietly(socket, code, reason) {
  try {
    socket?.close?.(code, reason);
  } catch {
    // A socket that never opened may refuse; it is forgotten either way.
  }
}
