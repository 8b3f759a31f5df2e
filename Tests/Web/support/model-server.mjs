// A small server that keeps the rules of sessions (calls.md 2.2, rulings 3 and 5), behind a network
// that may break at any moment.

const answersMax = 32;

export class ModelServer {
  sessions = new Map();
  /** What was done, by the name that the client gave it. */
  done = new Map();
  failures = [];
  #secrets = 0;
  epoch = 1;

  /** Forgets everything but what was done. */
  crash() {
    this.sessions.clear();
    this.epoch += 1;
  }

  receive(pipe, frame) {
    if (!pipe.session) {
      this.#hello(pipe, frame);
      return;
    }
    const { session } = pipe;
    session.previous = null;
    if (frame.ack !== undefined) this.#acknowledge(session, frame.ack);
    if (frame.id !== undefined) this.#request(pipe, session, frame);
  }

  #hello(pipe, frame) {
    const { resume } = frame.data;
    const known = resume?.epoch === String(this.epoch) ? this.sessions.get(resume.sid) : undefined;
    const mayResume = known && (resume.rid === known.rid || resume.rid === known.previous);
    const rid = `r${(this.#secrets += 1)}`;
    if (!mayResume) {
      if (known) this.failures.push('a valid session was not resumed');
      pipe.session = { sid: `s${this.#secrets}`, rid, previous: null, lastId: 0, answers: [],
        outbox: [], lastSeq: 0, acknowledged: 0, pipe };
      this.sessions.set(pipe.session.sid, pipe.session);
      this.#welcome(pipe, rid, false);
      return;
    }
    known.pipe?.cut();
    known.pipe = pipe;
    pipe.session = known;
    known.previous = resume.rid;
    known.rid = rid;
    this.#acknowledge(known, resume.last_seq);
    this.#welcome(pipe, rid, true);
    for (const answer of known.answers) {
      if (answer.next > resume.last_seq) pipe.toClient(answer.frame);
    }
    for (const message of known.outbox) {
      if (message.seq > resume.last_seq) pipe.toClient(message);
    }
  }

  #welcome(pipe, rid, resumed) {
    const { session } = pipe;
    pipe.toClient({
      type: 'welcome',
      data: { sid: session.sid, rid, epoch: String(this.epoch), user_id: 'u', resumed,
        last_client_id: session.lastId, replay_to: session.lastSeq, calls: [{ call_id: 'c' }] },
    });
  }

  #acknowledge(session, seq) {
    if (seq > session.lastSeq) this.failures.push('an ack of what was never sent');
    session.acknowledged = Math.max(session.acknowledged, seq);
    session.outbox = session.outbox.filter((message) => message.seq > session.acknowledged);
  }

  #request(pipe, session, frame) {
    if (frame.id > session.lastId + 1) {
      this.failures.push(`id ${frame.id} after ${session.lastId}`);
      pipe.cut();
      return;
    }
    if (frame.id <= session.lastId) {
      const known = session.answers.find((answer) => answer.frame.id === frame.id);
      pipe.toClient(known ? known.frame
        : { type: 'error', id: frame.id, data: { code: 'bad_request', message: 'long ago' } });
      return;
    }
    session.lastId = frame.id;
    const name = frame.data.payload;
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    const answer = { type: 'ok', id: frame.id, data: { name } };
    session.answers.push({ frame: answer, next: session.lastSeq + 1 });
    if (session.answers.length > answersMax) session.answers.shift();
    pipe.toClient(answer);
  }

  /** A reliable message to whoever is there, or was. */
  say(session, text) {
    session.lastSeq += 1;
    const message = { type: 'app:message', seq: session.lastSeq, data: { text } };
    session.outbox.push(message);
    session.pipe?.toClient(message);
  }
}

/** A connection: what is on its way is lost when it breaks. */
export class Pipe {
  up = [];
  down = [];
  isOpen = false;
  isCut = false;
  session = null;
  /** The client has not noticed yet. */
  isUnnoticed = false;
  onopen = () => {};
  onmessage = () => {};
  onclose = () => {};

  constructor(server) {
    this.server = server;
  }

  send(text) {
    if (!this.isCut) this.up.push(JSON.parse(text));
  }

  close() {
    this.cut();
    this.isUnnoticed = false;
  }

  toClient(frame) {
    if (!this.isCut) this.down.push(frame);
  }

  cut() {
    if (this.isCut) return;
    this.isCut = true;
    this.isUnnoticed = true;
    this.up = [];
    this.down = [];
    if (this.session?.pipe === this) this.session.pipe = null;
  }

  /** Moves one thing, if there is something to move. */
  step(chance) {
    if (this.isCut) {
      if (!this.isUnnoticed) return false;
      this.isUnnoticed = false;
      this.onclose({ code: 1006, reason: '' });
      return true;
    }
    if (!this.isOpen) {
      this.isOpen = true;
      this.onopen();
      return true;
    }
    if (this.up.length > 0 && (chance < 0.5 || this.down.length === 0)) {
      this.server.receive(this, this.up.shift());
      return true;
    }
    if (this.down.length === 0) return false;
    this.onmessage({ data: JSON.stringify(this.down.shift()) });
    return true;
  }
}
