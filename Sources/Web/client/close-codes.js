// What the number says with which a socket was closed (calls.md 2.4).

/** The server did not hear from us, or we not from it. */
export const CLOSE_HEARTBEAT = 4002;
/** The reason text holds the milliseconds to wait. */
export const CLOSE_RATE = 4005;
/** Both sides disagree about the past: come back and compare. */
export const CLOSE_RESYNC = 4006;
export const CLOSE_TOKEN_EXPIRED = 4007;
export const CLOSE_UNAUTHORIZED = 4500;
/** Another page has resumed the session. */
export const CLOSE_TAKEN_OVER = 4504;
export const CLOSE_CALL_GONE = 4507;

/**
 * Below 4500 a client comes back, from 4500 on it stops.
 * @param {number} code
 */
export function isTerminalClose(code) {
  return code >= 4500 && code < 5000;
}

/**
 * The pause that the server asks for, in milliseconds.
 * @param {number} code
 * @param {string} reason
 */
export function pauseOfClose(code, reason) {
  if (code !== CLOSE_RATE || !/^\d{1,7}$/.test(reason)) return 0;
  return Number(reason);
}
