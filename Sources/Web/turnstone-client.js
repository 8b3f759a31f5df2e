// Turnstone's browser client: everything that another site may use. Copy this file and `client/`.
export { Signaling } from './client/signaling.js';
export { SignalingError } from './client/signaling-error.js';
export { sharedSignaling, socketAddress, watchPage } from './client/page-signaling.js';
export { SeatTokens, isReloadedPage } from './client/seat-tokens.js';
export { CallManager, callsOver } from './client/call-manager.js';
export { MediaError } from './client/media-error.js';
export { digestOf } from './client/statistics.js';
export { isOver, nextCallState, reconnectionOf } from './client/call-state.js';
