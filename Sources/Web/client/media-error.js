// Why there is no microphone, camera or screen.

/** @type {Record<string, string>} By the name of the browser's exception. */
const codes = {
  NotAllowedError: 'permission_denied',
  SecurityError: 'permission_denied',
  NotFoundError: 'no_device',
  OverconstrainedError: 'no_device',
  NotReadableError: 'device_busy',
  AbortError: 'device_busy',
};

/** Codes: `permission_denied`, `no_device`, `device_busy`, `insecure_page`, `media_failed`. */
export class MediaError extends Error {
  /** @param {string} code @param {unknown} [cause] */
  constructor(code, cause) {
    super(code, { cause });
    this.name = 'MediaError';
    /** @type {string} */
    this.code = code;
  }

  /** @param {any} error What the browser has thrown. */
  static of(error) {
    if (error instanceof MediaError) return error;
    return new MediaError(codes[error?.name] ?? 'media_failed', error);
  }
}
