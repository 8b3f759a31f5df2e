// Types of turnstone-client.js, for editors and TypeScript. The wire format is in docs/calls.md.

export type CallState =
  | 'idle' | 'outgoing' | 'incoming_ringing' | 'connecting' | 'connected' | 'ended' | 'failed';

/** How whole a call is. `peer-disconnected`: the server has lost the other side. */
export type ReconnectionState = 'connected' | 'reconnecting' | 'peer-disconnected' | 'failed';

export type SignalingState =
  | 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'failed' | 'closed';

/** Time and chance; tests bring their own. */
export interface Clock {
  now(): number;
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  random(): number;
}

export class SignalingError extends Error {
  /** A code of the server, or `offline`, `expired`, `session_lost`, `closed`, `queue_full`. */
  readonly code: string;
  readonly retryMs?: number;
  readonly details: Record<string, any>;
}

export class MediaError extends Error {
  readonly code: 'permission_denied' | 'no_device' | 'device_busy' | 'insecure_page'
    | 'media_failed' | 'no_screen' | 'closed';
}

export interface SignalingOptions {
  /** `wss://calls.example.org/ws`; see `socketAddress`. */
  url: string;
  /** Asked for before every connection and before the token ends. Nil where guests are let in. */
  token?: string | null
    | ((reason: 'connect' | 'expired' | 'expiring') => string | null | Promise<string | null>);
  protocols?: string[];
  /** One for each installation; a new one for each page unless given. */
  deviceId?: string;
  /** What a guest is called, and may be called by, in demo mode. */
  name?: string;
  /** Another name when that one is taken; nil gives up. */
  anotherName?: (taken: string) => string | null;
  client?: { name?: string; version?: string; platform?: string };
  capabilities?: string[];
  clock?: Clock;
  createSocket?: (url: string, protocols?: string[]) => WebSocket;
}

export interface Session {
  /** Whether the session before goes on, with everything that was missed. */
  resumed: boolean;
  /** Whether the server has lost what it knew. */
  newEpoch: boolean;
  calls: Snapshot[];
  ice: { iceServers: RTCIceServer[]; ttl: number; expires_at: number } | null;
  config: Record<string, any>;
  userId: string;
}

export interface Snapshot {
  call_id: string;
  status: 'waiting' | 'active' | 'ended';
  state: 'waiting' | 'ringing' | 'answered' | 'active' | 'reconnecting' | 'ended';
  version: number;
  gen: number;
  you: string | null;
  polite: boolean;
  participants: { count: number; list: Participant[] };
  [more: string]: any;
}

export interface Participant {
  peer_id: string;
  user_id: string;
  name?: string;
  online: boolean;
  role: 'host' | 'guest';
  media: { audio: boolean; video: boolean };
  reconnect_count: number;
}

export interface SignalingListener {
  onState?(state: SignalingState): void;
  onReconnecting?(event: { attempt: number; delayMs: number; code: number }): void;
  onReconnected?(event: { resumed: boolean }): void;
  /** Nothing more is tried: the server said so, or the window has passed. */
  onReconnectFailed?(code: number, reason: string): void;
  onClosed?(code: number, reason: string): void;
  onSession?(session: Session): void;
  onMessage?(type: string, data: any): void;
  /** How many requests wait to be sent or answered. */
  onQueue?(count: number, isConnected: boolean): void;
  onError?(error: any): void;
}

/** One session with the server, over as many sockets as it takes. */
export class Signaling {
  constructor(options: SignalingOptions);
  readonly state: SignalingState;
  readonly isConnected: boolean;
  readonly welcome: any;
  readonly userId: string | null;
  readonly reconnectAttempts: number;
  readonly reconnectTimer: boolean;
  readonly callEnded: boolean;
  readonly queued: number;
  addListener(listener: SignalingListener): () => void;
  connect(): void;
  request(
    type: string, data?: any, options?: { expiresAt?: number; isFirst?: boolean },
  ): Promise<any>;
  /** Ends the session and its calls. Not for a page that merely hides. */
  close(): void;
  nudge(): void;
  networkReturned(): void;
  check(): void;
}

/** The connection of this page, the same for everybody who asks. */
export function sharedSignaling(options: SignalingOptions): Signaling;
export function watchPage(signaling: Signaling, page?: any): () => void;
export function socketAddress(place?: { protocol: string; host: string }): string;

export interface Seat {
  callId: string;
  token: string;
  video: boolean;
  at: number;
}

/** What takes a seat back after a reload, kept for each tab. */
export class SeatTokens {
  constructor(storage?: Storage | null, now?: () => number);
  keep(callId: string, token: string, video: boolean): void;
  forget(callId: string): void;
  find(callId: string): Seat | null;
  all(): Seat[];
}

/** Only a page that was loaded again takes its seats back by itself, not a copied tab. */
export function isReloadedPage(): boolean;

export interface CallEnding {
  /** `hangup`, `busy`, `no_answer`, ..., or a code of an error. */
  reason: string;
  by: 'local' | 'peer' | 'server';
  durationMs: number;
  error?: SignalingError | MediaError;
}

export interface CallPeer {
  peerId?: string;
  userId?: string;
  name?: string;
  audio?: boolean;
  video?: boolean;
}

export interface MediaChoice {
  video?: boolean;
  /** Captured before. */
  stream?: MediaStream;
  audioDevice?: string;
  videoDevice?: string;
}

export interface Call {
  readonly id: string;
  readonly direction: 'outgoing' | 'incoming' | 'room';
  readonly state: CallState;
  readonly isOver: boolean;
  readonly reconnection: ReconnectionState;
  readonly peerDisconnected: boolean;
  /** It has lasted for so long that hanging up should be offered; the call goes on. */
  readonly peerWaitExpired: boolean;
  readonly isMediaUp: boolean;
  readonly wasConnected: boolean;
  readonly peer: CallPeer;
  readonly chatId: string | null;
  readonly metadata: Record<string, any>;
  readonly wantsVideo: boolean;
  /** How many devices ring. */
  readonly devices: number | null;
  readonly isSecond: boolean;
  readonly connectedAt: number | null;
  readonly ending: CallEnding | null;
  readonly localStream: MediaStream;
  /** The same object for the whole call; bind it once. */
  readonly remoteStream: MediaStream;
  readonly media: {
    readonly isMuted: boolean;
    readonly isVideoOn: boolean;
    readonly isSharing: boolean;
    readonly isCameraMissing: boolean;
  };
  accept(choice?: MediaChoice): Promise<void>;
  reject(reason?: 'declined' | 'busy'): void;
  /** Ends the call for both. */
  end(reason?: string): void;
  /** Gives the seat of a room back; the room stays. */
  leave(): void;
  toggleMute(): boolean;
  toggleVideo(): Promise<boolean>;
  toggleScreen(): Promise<boolean>;
  chooseDevice(kind: 'audio' | 'video', deviceId: string): Promise<void>;
  sendMessage(payload: any): Promise<any>;
  statistics(): Promise<StatisticsDigest | null>;
}

export interface CallListener {
  onIncoming?(call: Call): void;
  onStateChange?(call: Call, state: CallState, before: CallState): void;
  onReconnection?(call: Call, state: ReconnectionState): void;
  onRemoteStream?(call: Call, stream: MediaStream): void;
  onChange?(call: Call): void;
  onEnd?(call: Call, ending: CallEnding): void;
  onError?(call: Call, error: Error): void;
  onMessage?(call: Call, payload: any): void;
  /** A call that ended before it could ring here. */
  onMissed?(callId: string, data: any): void;
  /** Calls in which this user sits, and this page does not know. */
  onRestorable?(calls: Snapshot[]): void;
}

export interface CallManagerOptions {
  /** Takes a request to the server; rejected with a `SignalingError`. */
  send(type: string, data: any, options?: { expiresAt?: number; isFirst?: boolean }): Promise<any>;
  iceServers?: RTCIceServer[];
  createPeerConnection?: (configuration: RTCConfiguration) => RTCPeerConnection;
  createStream?: () => MediaStream;
  createId?: () => string;
  devices?: MediaDevices;
  seats?: SeatTokens;
  clock?: Clock;
}

/** All calls of a page. Knows no transport: see `callsOver`. */
export class CallManager {
  constructor(options: CallManagerOptions);
  readonly calls: Call[];
  readonly current: Call | null;
  find(id: string): Call | null;
  addListener(listener: CallListener): () => void;
  startOutgoing(
    target: string | { user?: string; chatId?: string }, video?: boolean,
    how?: MediaChoice & { metadata?: any },
  ): Call;
  joinRoom(id?: string, video?: boolean, devices?: MediaChoice): Call;
  rejoin(id: string, seat?: { token?: string; video?: boolean }): Call;
  acceptIncoming(call?: Call | null, choice?: MediaChoice): Promise<void> | undefined;
  reject(call?: Call | null): void;
  end(call?: Call | null): void;
  toggleMute(call?: Call | null): boolean | undefined;
  toggleVideo(call?: Call | null): Promise<boolean> | undefined;
  /** What the transport says. */
  receive(type: string, data: any): void;
  connectionChanged(isOnline: boolean): void;
  sessionStarted(session: Session): void;
}

/** Lets calls go over a connection. */
export function callsOver(
  signaling: Signaling, options?: Partial<CallManagerOptions>,
): CallManager;

export interface StatisticsDigest {
  at: number;
  relay: boolean | null;
  local: string | null;
  remote: string | null;
  protocol: string | null;
  rttMs: number | null;
  lossPercent: number | null;
  inKbps: number | null;
  outKbps: number | null;
  frameHeight: number | null;
  framesPerSecond: number | null;
  quality: 'good' | 'fair' | 'poor' | 'unknown';
  counters: { in: number; out: number; received: number; lost: number };
}

export function digestOf(
  report: Iterable<any>, before?: StatisticsDigest | null,
): StatisticsDigest;

export type CallEvent =
  | 'start' | 'ring' | 'accept' | 'answered' | 'rejoin' | 'connected' | 'alone' | 'end' | 'fail';

export function nextCallState(state: CallState, event: CallEvent): CallState | null;
export function isOver(state: CallState): boolean;
export function reconnectionOf(facts: {
  state: CallState;
  isOnline: boolean;
  peerDisconnected: boolean;
  wasConnected: boolean;
  isMediaUp: boolean;
}): ReconnectionState;
