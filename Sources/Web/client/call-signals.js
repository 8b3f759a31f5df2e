// What the server says about one call, sorted (S1-9).

/** Ends that another device of the same person has brought. */
const elsewhere = { answered: 'answered_elsewhere', rejected: 'rejected_elsewhere' };

export class CallSignals {
  #call;
  #context;
  #timers;
  #seat;

  /**
   * @param {import('./call.js').Call} call
   * @param {import('./call-manager.js').CallContext} context
   * @param {import('./call-timers.js').CallTimers} timers
   * @param {import('./call-seat.js').CallSeat} seat
   */
  constructor(call, context, timers, seat) {
    this.#call = call;
    this.#context = context;
    this.#timers = timers;
    this.#seat = seat;
  }

  get #negotiator() {
    return this.#call.connection.negotiator;
  }

  /** @param {string} type @param {any} data */
  receive(type, data) {
    const call = this.#call;
    switch (type) {
      case 'call:ringing': call.devices = data.devices; call.changed(); break;
      case 'call:answer': this.#answered(data); break;
      case 'call:description': this.#described(data); break;
      case 'call:ice-candidate': this.#negotiator.receiveCandidates(data).catch(() => {}); break;
      case 'call:media': Object.assign(call.peer, { audio: data.audio, video: data.video });
        call.changed(); break;
      case 'state': this.#state(data); break;
      case 'join': this.#peerJoined(data); break;
      case 'leave': this.#peerLeft(); break;
      case 'peer-disconnected': call.peerAway(true); break;
      case 'peer-reconnected': this.#peerReturned(data); break;
      case 'app:message': this.#context.tell('onMessage', call, data.payload); break;
      default: this.#ended(type, data);
    }
  }

  /** @param {string} type @param {any} data */
  #ended(type, data) {
    const call = this.#call;
    switch (type) {
      case 'call:rejected': call.finish({ reason: data.reason, by: 'peer' }); break;
      case 'call:no-answer':
        call.finish({ reason: data.missed ? 'missed' : 'no_answer', by: 'server' });
        break;
      case 'call:answered-elsewhere':
        call.finish({
          reason: elsewhere[/** @type {'answered'} */ (data.action)] ?? 'answered_elsewhere',
          by: 'server',
        });
        break;
      case 'call:end':
        call.finish({
          reason: data.reason, by: data.by === 'server' ? 'server' : 'peer',
          durationMs: data.duration_ms,
        });
        break;
      default:
    }
  }

  /** @param {any} data */
  #answered(data) {
    const call = this.#call;
    this.#timers.stopRinging();
    call.peer.peerId = data.peer_id;
    this.#negotiator.accepted();
    call.apply('answered');
    call.awaitConnection();
    this.#negotiator.receiveAnswer({ ...data, description: data.description ?? data.answer })
      .catch((error) => this.#negotiationFailed(error));
  }

  /** @param {any} data */
  #described(data) {
    this.#negotiator.receiveDescription(data).catch((error) => this.#negotiationFailed(error));
  }

  /** @param {any} error */
  #negotiationFailed(error) {
    if (this.#seat.isClosed) return;
    this.#context.tell('onError', this.#call, error);
    // The state of ICE, or the clock of the connection, decides what becomes of it.
  }

  /** @param {any} data */
  #state(data) {
    const call = this.#call;
    this.#seat.snapshot(data);
    if (this.#seat.isClosed || !this.#seat.isTaken) return;
    this.#negotiator.adoptGen(data.gen);
    // The answer went to a page that is gone; this one offers anew (ruling 11).
    const isMet = data.status === 'active' && data.participants?.count === 2;
    if (call.state === 'outgoing' && isMet) this.#seat.meet();
  }

  /** @param {any} data */
  #peerJoined(data) {
    const call = this.#call;
    call.peer.peerId = data.peer_id;
    if (call.state === 'outgoing') this.#seat.meet();
    // S0-19: the same seat, perhaps with another page: what is said is said anew.
    else if (data.is_reconnect) call.connection.resume({ restarts: !this.#seat.isPolite });
  }

  #peerLeft() {
    const call = this.#call;
    call.alone();
    call.connection.startOver(0, false).catch(() => {});
  }

  /** @param {any} data */
  #peerReturned(data) {
    const call = this.#call;
    const isOurs = data.restart_by === undefined ? !this.#seat.isPolite
      : data.restart_by === this.#seat.you;
    call.peerAway(false);
    if (data.fresh_client) {
      call.connection.startOver(data.gen ?? 0, isOurs)
        .catch((error) => this.#negotiationFailed(error));
    } else {
      call.connection.resume({ restarts: isOurs });
    }
  }

  /** Media flows: the server counts from here (2.6). */
  async reportConnected() {
    const report = await this.#call.connection.report();
    if (!this.#seat.isClosed) this.#seat.request('call:connected', report);
  }
}
