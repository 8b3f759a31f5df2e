// One shared connection per page, and the hints that a browser gives about the network.
import { Signaling } from './signaling.js';

/** @type {Map<string, Signaling>} */
const shared = new Map();

/**
 * The connection of this page to a server: made once, the same for everybody who asks.
 * @param {any} options See `SignalingOptions`; those of the first caller count.
 * @returns {Signaling}
 */
export function sharedSignaling(options) {
  const known = shared.get(options.url);
  if (known && !known.callEnded) return known;
  const signaling = new Signaling(options);
  shared.set(options.url, signaling);
  const forget = watchPage(signaling);
  signaling.addListener({
    onClosed: () => {
      forget();
      if (shared.get(options.url) === signaling) shared.delete(options.url);
    },
  });
  return signaling;
}

/**
 * Tells the connection when the network comes back and when the page is seen again. They are
 * hints: nothing depends on them but how soon something happens.
 * @param {Signaling} signaling
 * @param {any} [page] The window.
 * @returns {() => void} Stops watching.
 */
export function watchPage(signaling, page = globalThis) {
  const { document } = page;
  let wasOffline = false;
  const offline = () => {
    wasOffline = true;
    signaling.check();
  };
  const online = () => {
    if (wasOffline) signaling.networkReturned();
    else signaling.nudge();
    wasOffline = false;
  };
  const seen = () => {
    if (document?.visibilityState !== 'hidden') signaling.nudge();
  };
  page.addEventListener?.('offline', offline);
  page.addEventListener?.('online', online);
  page.addEventListener?.('pageshow', seen);
  document?.addEventListener('visibilitychange', seen);
  return () => {
    page.removeEventListener?.('offline', offline);
    page.removeEventListener?.('online', online);
    page.removeEventListener?.('pageshow', seen);
    document?.removeEventListener('visibilitychange', seen);
  };
}

/**
 * The address of the socket that belongs to a page.
 * @param {{protocol: string, host: string}} [place]
 */
export function socketAddress(place = location) {
  return `${place.protocol === 'https:' ? 'wss' : 'ws'}://${place.host}/ws`;
}
