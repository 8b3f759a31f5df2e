// Why a call is over, in words for the person who sees them.
import { hasText, text } from './texts.js';

/**
 * @param {import('../client/call.js').CallEnding} ending
 * @param {string} name Of the other side.
 * @returns {string}
 */
export function endingText({ reason, by, error }, name) {
  // What went wrong with the own devices says more than that they failed.
  const code = reason === 'media_failed' && by === 'local' && error?.code ? error.code : reason;
  const found = [`ending.${code}.${by}`, `ending.${code}`].find(hasText) ?? 'ending.error';
  return text(found, { name });
}

/**
 * Whether the network is to blame, so that testing it may help.
 * @param {string} reason
 */
export function isNetworkEnding(reason) {
  return ['ice_timeout', 'ice_failed', 'connect_failed', 'reconnect_timeout', 'offline']
    .includes(reason);
}

/**
 * Whether trying once more makes sense.
 * @param {string} reason
 */
export function mayCallAgain(reason) {
  return !['taken_over', 'answered_elsewhere', 'rejected_elsewhere', 'call_full', 'forbidden',
    'call_not_found', 'call_ended', 'kicked', 'glare', 'unauthorized'].includes(reason);
}

/**
 * @param {any} error Of the server, the devices or the connection.
 * @returns {string}
 */
export function errorText(error) {
  if (error?.details?.reason === 'name_taken') return text('error.name_taken');
  const found = [`error.${error?.code}`, `ending.${error?.code}`].find(hasText);
  return found ? text(found, { name: text('call.peer') }) : text('error.connection');
}
