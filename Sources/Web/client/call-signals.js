// What the server and one call say to each other (S1-8, S1-9).

/** Ends that another device of the same person has brought. */
const elsewhere = { answered: 'answered_elsewhere', rejected: 'rejected_elsewhere' };
/** Nobody knows the call any more, but media flows: perhaps the server is just starting. */
const rejoinMs = 10_000;

export class CallSignals {
  #call;
  #context;
  #timers;
  /** @type {any} The offer that rings. */
  #offer = null;
  #offerAt = 0;
  /** @type {string | null} */
  #peerToken = null;
  /** @type {string | null} */
  #you = null;
  #version = -1;
  #isClosed = false;
  /** @type {any} */
  #rejoin = null;
  /** W3C role: the callee and the guest give way. */
  isPolite = false;

  /**
   * @param {import('./call.js').Call} call
   * @param {import('./call-manager.js').CallContext} context
   * @param {import('./call-timers.js').CallTimers} timers
   */
  constructor(call, context, timers) {
    this.#call = call;
    this.#context = context;
    this.#timers = timers;
  }

  get hasSeat() {
    return this.#you !== null;
  }

  get #negotiator() {
    return this.#call.connection.negotiator;
  }

  /**
   * @param {string} type
   * @param {any} data
   * @param {any} [options]
   * @returns {Promise<any>}
   */
  send(type, data, options) {
    return this.#context.send(type, { call_id: this.#call.id, ...data }, options);
  }

  /** What is asked for without waiting. @param {string} type @param {any} data */
  request(type, data) {
    this.send(type, data).catch(() => {});
  }

  close() {
    this.#isClosed = true;
    this.#context.clock.clearTimeout(this.#rejoin);
    this.#context.seats.forget(this.#call.id);
  }

  // Starting.

  /** @param {any} target `{to}` or `{chat_id}`, and `metadata`. */
  async initiate(target) {
    const description = await this.#negotiator.initialOffer();
    if (this.#isClosed) return;
    const session = this.#context.sessionNumber();
    this.#timers.startRinging();
    const { wantsVideo } = this.#call;
    try {
      const reply = await this.send('call:initiate', {
        ...target, media: { audio: true, video: wantsVideo }, description,
      });
      if (this.#isClosed) return;
      this.#seat(reply);
      this.#negotiator.accepted();
      if (session !== this.#context.sessionNumber()) await this.join({ isFresh: false });
    } catch (error) {
      if (!this.#isClosed) this.#startRefused(/** @type {any} */ (error));
    }
  }

  /** @param {import('./signaling-error.js').SignalingError} error */
  #startRefused(error) {
    if (error.code === 'glare' && error.details.call_id) {
      this.#context.yieldTo(this.#call, error.details.call_id);
      return;
    }
    // It may have rung for all we know: nobody is to answer a call that was given up here.
    if (error.code === 'expired') this.request('call:end', { reason: 'cancelled' });
    this.#call.finish({ reason: error.code === 'expired' ? 'offline' : error.code, by: 'server', error });
  }

  /**
   * Somebody rings.
   * @param {any} offer The data of `call:offer`.
   */
  ring(offer) {
    const call = this.#call;
    this.#offer = offer;
    this.#offerAt = this.#context.clock.now();
    this.isPolite = true;
    call.peer = {
      peerId: offer.peer_id, userId: offer.caller_id ?? offer.from?.user_id,
      name: offer.from?.name, ...offer.media,
    };
    call.chatId = offer.chat_id ?? null;
    call.metadata = offer.metadata ?? {};
    call.wantsVideo = offer.media?.video === true;
    call.isSecond = offer.busy === true;
    this.#timers.startRinging(offer.ring_left_ms);
    if (call.state !== 'idle') return;
    call.apply('ring');
    this.request('call:ringing', {});
  }

  /** The answer, once there are tracks (S1-3, S4-4). */
  async answer() {
    const offer = this.#offer;
    this.#timers.stopRinging();
    const session = this.#context.sessionNumber();
    try {
      const description = await this.#negotiator.initialAnswer({
        gen: offer.gen ?? 1, description: offer.description ?? offer.offer,
        candidates: offer.candidates,
      });
      const expiresAt = this.#offerAt + (offer.ring_left_ms ?? Infinity);
      const answered = this.send('call:answer', { description },
        Number.isFinite(expiresAt) ? { expiresAt } : {});
      this.#negotiator.accepted();
      this.#call.awaitConnection();
      const reply = await answered;
      if (this.#isClosed) return;
      this.#seat(reply);
      if (session !== this.#context.sessionNumber()) await this.join({ isFresh: false });
    } catch (error) {
      if (!this.#isClosed) this.#answerRefused(/** @type {any} */ (error));
    }
  }

  /** @param {any} error */
  #answerRefused(error) {
    const reasons = {
      already_answered: 'answered_elsewhere', not_participant: 'answered_elsewhere',
      call_ended: error.details?.reason ?? 'missed', call_not_found: 'missed', expired: 'offline',
    };
    const reason = reasons[/** @type {keyof typeof reasons} */ (error.code)] ?? 'error';
    if (reason === 'error') this.request('call:end', { reason: 'error' });
    this.#call.finish({ reason, by: 'server', error });
  }

  mediaFailed() {
    const { direction, state } = this.#call;
    if (direction === 'incoming' && this.#you === null && state === 'connecting') {
      this.request('call:reject', { reason: 'media_failed' });
    } else if (this.hasSeat) {
      this.request('call:end', { reason: 'media_failed' });
    }
  }

  /** The server has not said so in time: nobody rings for ever. */
  nobodyAnswered() {
    const { state } = this.#call;
    if (state === 'incoming_ringing') {
      this.#call.finish({ reason: 'missed', by: 'local' });
    } else if (state === 'outgoing') {
      this.request('call:end', { reason: 'cancelled' });
      this.#call.finish({ reason: 'no_answer', by: 'local' });
    }
  }

  // Taking a seat: of a room, or one's own after a reload or a lost session.

  /** @param {{isFresh: boolean, token?: string, newEpoch?: boolean}} how */
  async join({ isFresh, token, newEpoch = false }) {
    const call = this.#call;
    const peerToken = token ?? this.#peerToken;
    try {
      const reply = await this.send('call:join', {
        ...(peerToken && { peer_token: peerToken }), fresh_client: isFresh,
      }, { isFirst: !isFresh });
      if (this.#isClosed) return;
      if (newEpoch) this.#version = -1;
      this.#context.ice.take(reply.ice);
      this.#seat(reply);
      this.#joined(reply, isFresh, newEpoch);
    } catch (error) {
      if (!this.#isClosed) this.#joinRefused(/** @type {any} */ (error), { isFresh, token });
    }
    call.changed();
  }

  /** @param {any} reply @param {boolean} isFresh @param {boolean} newEpoch */
  #joined(reply, isFresh, newEpoch) {
    const call = this.#call;
    const isActive = reply.status === 'active';
    if (isFresh) {
      this.#negotiator.adoptGen(reply.gen ?? 0);
      if (isActive && reply.peer_online) this.#meet();
      else if (isActive) this.#waitForPeer();
      return;
    }
    // An offer of this generation may be repeated to us in a moment.
    this.#negotiator.adoptGen(newEpoch ? reply.gen : reply.gen - 1, newEpoch);
    if (isActive) call.peerAway(!reply.peer_online);
    if (isActive && reply.peer_online) call.connection.resume();
  }

  #waitForPeer() {
    this.#call.apply('answered');
    this.#call.peerAway(true);
  }

  /** @param {any} error @param {{isFresh: boolean, token?: string}} how */
  #joinRefused(error, how) {
    const call = this.#call;
    if (error.code === 'session_lost' || error.code === 'offline') return;
    // Ruling 4: media that flows is not ended by a server that has forgotten.
    if (error.code === 'call_not_found' && call.isMediaUp) {
      const { clock } = this.#context;
      clock.clearTimeout(this.#rejoin);
      this.#rejoin = clock.setTimeout(() => this.join({ ...how, newEpoch: true }), rejoinMs);
      return;
    }
    const reason = error.code === 'call_ended' ? error.details?.reason ?? 'hangup' : error.code;
    call.finish({ reason, by: 'server', error });
  }

  /** Both are there: media is connected. The impolite side offers (2.5). */
  #meet() {
    const call = this.#call;
    call.apply('answered');
    call.peerAway(false);
    if (!this.isPolite) this.#offerNow();
  }

  #offerNow() {
    this.#negotiator.offer().catch((error) => this.#context.tell('onError', this.#call, error));
  }

  /** @param {any} reply What a seat is told about itself. */
  #seat(reply) {
    const { id, wantsVideo } = this.#call;
    this.#you = reply.peer_id ?? reply.you ?? this.#you;
    if (typeof reply.polite === 'boolean') this.isPolite = reply.polite;
    if (reply.peer_token) {
      this.#peerToken = reply.peer_token;
      this.#context.seats.keep(id, reply.peer_token, wantsVideo);
    }
    if (Number.isInteger(reply.devices)) this.#call.devices = reply.devices;
    this.snapshot(reply);
  }

  // The session.

  /**
   * A session goes on or has begun.
   * @param {{resumed: boolean, newEpoch: boolean}} session
   * @param {any} snapshot The call as `welcome` shows it; nil when the server does not know it.
   */
  session({ resumed, newEpoch }, snapshot) {
    const call = this.#call;
    if (snapshot && resumed) this.snapshot(snapshot);
    call.awaitConnection();
    if (resumed) {
      if (this.hasSeat) call.connection.resume();
    } else if (this.hasSeat) {
      this.join({ isFresh: false, newEpoch });
    } else if (call.state === 'incoming_ringing' && !snapshot) {
      call.finish({ reason: 'missed', by: 'server' });
    }
  }

  /**
   * The call as the server sees it. Older ones than the last say nothing (ruling 7).
   * @param {any} snapshot
   */
  snapshot(snapshot) {
    if (!(snapshot.version >= this.#version)) return;
    const call = this.#call;
    this.#version = snapshot.version;
    const list = snapshot.participants?.list ?? [];
    const other = list.find((/** @type {any} */ one) => one.peer_id !== this.#you);
    if (other && this.#you !== null) {
      call.peer = {
        peerId: other.peer_id, userId: other.user_id, name: other.name ?? call.peer.name,
        ...other.media,
      };
    }
    if (snapshot.state === 'ended') {
      call.finish({ reason: snapshot.end_reason ?? 'hangup', by: 'server' });
    }
    call.changed();
  }

  // What comes in.

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
    if (this.#isClosed) return;
    this.#context.tell('onError', this.#call, error);
    // The state of ICE, or the clock of the connection, decides what becomes of it.
  }

  /** @param {any} data */
  #state(data) {
    const call = this.#call;
    this.snapshot(data);
    if (this.#isClosed || !this.hasSeat) return;
    this.#negotiator.adoptGen(data.gen);
    // The answer went to a page that is gone; this one offers anew (ruling 11).
    const isMet = data.status === 'active' && data.participants?.count === 2;
    if (call.state === 'outgoing' && isMet) this.#meet();
  }

  /** @param {any} data */
  #peerJoined(data) {
    const call = this.#call;
    call.peer.peerId = data.peer_id;
    if (call.state === 'outgoing') this.#meet();
    // S0-19: the same seat, perhaps with another page: what is said is said anew.
    else if (data.is_reconnect) call.connection.resume({ restarts: !this.isPolite });
  }

  #peerLeft() {
    const call = this.#call;
    call.alone();
    call.connection.startOver(0, false).catch(() => {});
  }

  /** @param {any} data */
  #peerReturned(data) {
    const call = this.#call;
    const isOurs = data.restart_by === undefined ? !this.isPolite : data.restart_by === this.#you;
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
    if (!this.#isClosed) this.request('call:connected', report);
  }
}
