// The place of this page in one call: taken, taken back, kept up to date (rulings 4, 7 and 8).

/** Nobody knows the call any more, but media flows: perhaps the server is just starting. */
const rejoinMs = 10_000;

export class CallSeat {
  #call;
  #context;
  /** @type {string | null} */
  #peerToken = null;
  /** @type {string | null} */
  #you = null;
  #version = -1;
  /** @type {any} */
  #rejoin = null;
  isClosed = false;
  /** W3C role: the callee and the guest give way. */
  isPolite = false;

  /**
   * @param {import('./call.js').Call} call
   * @param {import('./call-manager.js').CallContext} context
   */
  constructor(call, context) {
    this.#call = call;
    this.#context = context;
  }

  get isTaken() {
    return this.#you !== null;
  }

  /** Our own `peer_id`. */
  get you() {
    return this.#you;
  }

  get #negotiator() {
    return this.#call.connection.negotiator;
  }

  /**
   * Says something about this call.
   * @param {string} type
   * @param {any} data
   * @param {any} [options]
   * @returns {Promise<any>}
   */
  send(type, data, options) {
    return this.#context.send(type, { call_id: this.#call.id, ...data }, options);
  }

  /**
   * What is asked for without waiting.
   * @param {string} type
   * @param {any} data
   */
  request(type, data) {
    this.send(type, data).catch(() => {});
  }

  close() {
    this.isClosed = true;
    this.#context.clock.clearTimeout(this.#rejoin);
    this.#context.seats.forget(this.#call.id);
  }

  /** @param {{isFresh: boolean, token?: string, newEpoch?: boolean}} how */
  async join({ isFresh, token, newEpoch = false }) {
    const call = this.#call;
    const peerToken = token ?? this.#peerToken;
    try {
      const reply = await this.send('call:join', {
        ...(peerToken && { peer_token: peerToken }), fresh_client: isFresh,
      }, { isFirst: !isFresh });
      if (this.isClosed) return;
      if (newEpoch) this.#version = -1;
      this.#context.ice.take(reply.ice);
      this.take(reply);
      this.#joined(reply, isFresh, newEpoch);
    } catch (error) {
      if (!this.isClosed) this.#joinRefused(/** @type {any} */ (error), { isFresh, token });
    }
    call.changed();
  }

  /** @param {any} reply @param {boolean} isFresh @param {boolean} newEpoch */
  #joined(reply, isFresh, newEpoch) {
    const call = this.#call;
    const isActive = reply.status === 'active';
    if (isFresh) {
      this.#negotiator.adoptGen(reply.gen ?? 0);
      if (isActive && reply.peer_online) this.meet();
      else if (isActive) this.#waitForPeer();
      // A page that was loaded again while it rang, or while the room waited.
      else call.apply('alone');
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
  meet() {
    const call = this.#call;
    call.apply('answered');
    call.peerAway(false);
    if (!this.isPolite) this.#offerNow();
  }

  #offerNow() {
    this.#negotiator.offer().catch((error) => this.#context.tell('onError', this.#call, error));
  }

  /** @param {any} reply What a seat is told about itself. */
  take(reply) {
    const { id, wantsVideo } = this.#call;
    this.#you = reply.peer_id ?? reply.you ?? this.#you;
    if (typeof reply.polite === 'boolean') this.isPolite = reply.polite;
    if (reply.peer_token) {
      this.#peerToken = reply.peer_token;
      this.#context.seats.keep(id, reply.peer_token, wantsVideo);
    }
    if (Number.isInteger(reply.devices)) this.#call.devices = reply.devices;
    this.snapshot(reply);
    this.#correctMedia(reply.participants?.list ?? []);
  }

  /** A seat remembers what was muted; a page that was loaded again, or lacks a camera, does not. */
  #correctMedia(/** @type {any[]} */ list) {
    const known = list.find((one) => one.peer_id === this.#you)?.media;
    const { state } = this.#call.media;
    if (known && (known.audio !== state.audio || known.video !== state.video)) {
      this.request('call:media', state);
    }
  }

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
      if (this.isTaken) call.connection.resume();
    } else if (this.isTaken) {
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
}
