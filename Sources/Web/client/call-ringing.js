// The first exchange of a call that rings: asked for here, or taken here (S1-2, S1-3).

export class CallRinging {
  #call;
  #context;
  #timers;
  #seat;
  /** @type {any} The offer that rings. */
  #offer = null;
  #offerAt = 0;

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

  /** @param {any} target `{to}` or `{chat_id}`, and `metadata`. */
  async initiate(target) {
    const description = await this.#call.connection.negotiator.initialOffer();
    if (this.#seat.isClosed) return;
    const session = this.#context.sessionNumber();
    this.#timers.startRinging();
    const { wantsVideo } = this.#call;
    try {
      const reply = await this.#seat.send('call:initiate', {
        ...target, media: { audio: true, video: wantsVideo }, description,
      });
      if (this.#seat.isClosed) return;
      this.#seat.take(reply);
      this.#call.connection.negotiator.accepted();
      if (session !== this.#context.sessionNumber()) await this.#seat.join({ isFresh: false });
    } catch (error) {
      if (!this.#seat.isClosed) this.#startRefused(/** @type {any} */ (error));
    }
  }

  /** @param {import('./signaling-error.js').SignalingError} error */
  #startRefused(error) {
    if (error.code === 'glare' && error.details.call_id) {
      this.#context.yieldTo(this.#call, error.details.call_id);
      return;
    }
    // It may have rung for all we know: nobody is to answer a call that was given up here.
    if (error.code === 'expired') this.#seat.request('call:end', { reason: 'cancelled' });
    const reason = error.code === 'expired' ? 'offline' : error.code;
    this.#call.finish({ reason, by: 'server', error });
  }

  /**
   * Somebody rings.
   * @param {any} offer The data of `call:offer`.
   */
  ring(offer) {
    const call = this.#call;
    this.#offer = offer;
    this.#offerAt = this.#context.clock.now();
    this.#seat.isPolite = true;
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
    this.#seat.request('call:ringing', {});
  }

  /** The answer, once there are tracks (S1-3, S4-4). */
  async answer() {
    const offer = this.#offer;
    this.#timers.stopRinging();
    const session = this.#context.sessionNumber();
    try {
      const description = await this.#call.connection.negotiator.initialAnswer({
        gen: offer.gen ?? 1, description: offer.description ?? offer.offer,
        candidates: offer.candidates,
      });
      const expiresAt = this.#offerAt + (offer.ring_left_ms ?? Infinity);
      const answered = this.#seat.send('call:answer', { description },
        Number.isFinite(expiresAt) ? { expiresAt } : {});
      this.#call.connection.negotiator.accepted();
      this.#call.awaitConnection();
      const reply = await answered;
      if (this.#seat.isClosed) return;
      this.#seat.take(reply);
      if (session !== this.#context.sessionNumber()) await this.#seat.join({ isFresh: false });
    } catch (error) {
      if (!this.#seat.isClosed) this.#answerRefused(/** @type {any} */ (error));
    }
  }

  /** @param {any} error */
  #answerRefused(error) {
    const reasons = {
      already_answered: 'answered_elsewhere', not_participant: 'answered_elsewhere',
      call_ended: error.details?.reason ?? 'missed', call_not_found: 'missed', expired: 'offline',
    };
    const reason = reasons[/** @type {keyof typeof reasons} */ (error.code)] ?? 'error';
    if (reason === 'error') this.#seat.request('call:end', { reason: 'error' });
    this.#call.finish({ reason, by: 'server', error });
  }

  mediaFailed() {
    const { direction, state } = this.#call;
    if (direction === 'incoming' && !this.#seat.isTaken && state === 'connecting') {
      this.#seat.request('call:reject', { reason: 'media_failed' });
    } else if (this.#seat.isTaken) {
      this.#seat.request('call:end', { reason: 'media_failed' });
    }
  }

  /** The server has not said so in time: nobody rings for ever. */
  nobodyAnswered() {
    const { state } = this.#call;
    if (state === 'incoming_ringing') {
      this.#call.finish({ reason: 'missed', by: 'local' });
    } else if (state === 'outgoing') {
      this.#seat.request('call:end', { reason: 'cancelled' });
      this.#call.finish({ reason: 'no_answer', by: 'local' });
    }
  }
}
