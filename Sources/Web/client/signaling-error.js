// Why a request was not done.

/**
 * Codes of the server (`busy`, `glare`, `call_ended` ...), and our own:
 * `offline` was not sent and is not kept, `expired` waited too long for the connection,
 * `session_lost` belonged to a session that is gone, `closed` came after the end,
 * `queue_full` found too many others waiting.
 */
export class SignalingError extends Error {
  /**
   * @param {string} code
   * @param {string} [message]
   * @param {{retryMs?: number, details?: Record<string, any>}} [more]
   */
  constructor(code, message = code, more = {}) {
    super(message);
    this.name = 'SignalingError';
    /** @type {string} */
    this.code = code;
    /** @type {number | undefined} */
    this.retryMs = more.retryMs;
    /** @type {Record<string, any>} */
    this.details = more.details ?? {};
  }

  /** @param {any} data The data of an `error` frame. */
  static of(data) {
    return new SignalingError(String(data?.code ?? 'internal'), data?.message, {
      retryMs: data?.retry_ms,
      details: data?.details,
    });
  }
}
