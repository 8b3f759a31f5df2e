// A peer connection without a network: it keeps the rules of JSEP and writes down what is done.

let connections = 0;
let ufrags = 0;

export class FakePeer {
  static made = [];
  signalingState = 'stable';
  iceConnectionState = 'new';
  connectionState = 'new';
  localDescription = null;
  remoteDescription = null;
  added = [];
  senders = [];
  offers = [];
  onicecandidate = () => {};
  ontrack = () => {};
  oniceconnectionstatechange = () => {};
  onnegotiationneeded = () => {};

  constructor(configuration) {
    this.configuration = configuration;
    this.number = (connections += 1);
    this.version = 0;
    this.ufrag = `u${(ufrags += 1)}`;
    FakePeer.made.push(this);
  }

  get isClosed() {
    return this.signalingState === 'closed';
  }

  #need(...states) {
    if (!states.includes(this.signalingState)) {
      throw new Error(`InvalidStateError: ${this.signalingState}`);
    }
  }

  #sdp() {
    this.version += 1;
    const kinds = this.senders.map((sender) => sender.track?.kind).join(' ');
    return `v=0\r\no=- ${this.number} ${this.version} IN IP4 0\r\na=ice-ufrag:${this.ufrag}\r\n`
      + `s=${kinds}\r\n`;
  }

  async createOffer(options = {}) {
    this.#need('stable', 'have-local-offer');
    if (options.iceRestart) this.ufrag = `u${(ufrags += 1)}`;
    this.offers.push(options);
    return { type: 'offer', sdp: this.#sdp() };
  }

  async createAnswer() {
    this.#need('have-remote-offer');
    return { type: 'answer', sdp: this.#sdp() };
  }

  async setLocalDescription(description) {
    if (description.type === 'rollback') {
      this.#need('have-local-offer');
      this.localDescription = this.stableLocal ?? null;
      this.signalingState = 'stable';
    } else if (description.type === 'offer') {
      this.#need('stable', 'have-local-offer');
      if (this.signalingState === 'stable') this.stableLocal = this.localDescription;
      this.localDescription = description;
      this.signalingState = 'have-local-offer';
    } else {
      this.#need('have-remote-offer');
      this.localDescription = description;
      this.signalingState = 'stable';
    }
  }

  async setRemoteDescription(description) {
    if (description.type === 'offer') {
      this.#need('stable');
      this.signalingState = 'have-remote-offer';
    } else {
      this.#need('have-local-offer');
      this.signalingState = 'stable';
    }
    this.remoteDescription = description;
  }

  async addIceCandidate(candidate) {
    if (!this.remoteDescription) throw new Error('InvalidStateError: no remote description');
    if (candidate.candidate === 'bad') throw new Error('OperationError');
    this.added.push(candidate.candidate);
  }

  addTrack(track) {
    const sender = {
      track,
      replaceTrack: async (other) => {
        sender.track = other;
      },
    };
    this.senders.push(sender);
    return sender;
  }

  getSenders() {
    return this.senders;
  }

  getTransceivers() {
    return this.senders.map((sender) => ({ sender, receiver: null, direction: 'sendrecv' }));
  }

  setConfiguration(configuration) {
    this.configuration = configuration;
  }

  close() {
    this.signalingState = 'closed';
  }

  /** Bytes that came over the path; nil where a browser does not say. */
  arrived = null;

  async getStats() {
    return new Map([
      ['t', { id: 't', type: 'transport', selectedCandidatePairId: 'p', timestamp: 1 }],
      ['p', {
        id: 'p', type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r',
        ...(this.arrived !== null && { bytesReceived: this.arrived }),
      }],
      ['l', { id: 'l', candidateType: 'relay', relayProtocol: 'tls', protocol: 'udp' }],
      ['r', { id: 'r', candidateType: 'host', protocol: 'udp' }],
    ]);
  }

  // What the test does.
  ice(state) {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange();
  }

  found(candidate) {
    this.onicecandidate({ candidate: candidate === null ? null : { candidate } });
  }

  arrives(kind) {
    const track = new FakeTrack(kind);
    this.ontrack({ track, streams: [] });
    return track;
  }
}

export class FakeTrack {
  enabled = true;
  isStopped = false;
  onended = null;

  constructor(kind, label = kind) {
    this.kind = kind;
    this.label = label;
  }

  stop() {
    this.isStopped = true;
  }
}

export class FakeStream {
  #tracks = [];

  constructor(tracks = []) {
    this.#tracks = [...tracks];
  }

  getTracks() {
    return [...this.#tracks];
  }

  getVideoTracks() {
    return this.#tracks.filter((track) => track.kind === 'video');
  }

  addTrack(track) {
    if (!this.#tracks.includes(track)) this.#tracks.push(track);
  }

  removeTrack(track) {
    this.#tracks = this.#tracks.filter((other) => other !== track);
  }
}

/** Devices of a computer; `failing` names the exception for a kind. */
export class FakeDevices {
  failing = {};
  asked = [];
  tracks = [];

  async getUserMedia({ audio, video }) {
    this.asked.push({ audio, video });
    const wanted = [audio && 'audio', video && 'video'].filter(Boolean);
    for (const kind of wanted) {
      if (this.failing[kind]) throw Object.assign(new Error(), { name: this.failing[kind] });
    }
    return this.#stream(wanted.map((kind) => new FakeTrack(kind)));
  }

  async getDisplayMedia() {
    return this.#stream([new FakeTrack('video', 'screen')]);
  }

  #stream(tracks) {
    this.tracks.push(...tracks);
    return new FakeStream(tracks);
  }
}
