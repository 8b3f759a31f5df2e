// A WebSocket whose other end is the test.

export class FakeSocket {
  sent = [];
  isOpen = false;
  closedWith = null;
  onopen = () => {};
  onmessage = () => {};
  onclose = () => {};

  send(text) {
    if (!this.isOpen) throw new Error('not open');
    this.sent.push(JSON.parse(text));
  }

  close(code, reason) {
    this.isOpen = false;
    this.closedWith ??= { code, reason };
  }

  // What the test does.
  open() {
    this.isOpen = true;
    this.onopen();
  }

  receive(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  lose(code = 1006, reason = '') {
    this.isOpen = false;
    this.onclose({ code, reason });
  }

  /** Frames of one type, without acknowledgements. */
  of(type) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

/** Sockets in the order in which they were made. */
export function socketMaker() {
  const sockets = [];
  const createSocket = (url, protocols) => {
    const socket = new FakeSocket();
    socket.url = url;
    socket.protocols = protocols;
    sockets.push(socket);
    return socket;
  };
  return { sockets, createSocket, last: () => sockets.at(-1) };
}

/** A `welcome` as the server writes it. */
export function welcome(more = {}) {
  return {
    type: 'welcome',
    data: {
      sid: 's1', rid: 'r1', epoch: 'e1', user_id: 'anna', resumed: false, last_client_id: 0,
      replay_to: 0, calls: [], config: {}, limits: {}, ...more,
    },
  };
}
