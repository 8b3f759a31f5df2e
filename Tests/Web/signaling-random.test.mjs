// Random histories of a connection that breaks at any moment, against a small model of the server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Signaling } from '../../Sources/Web/turnstone-client.js';
import { FakeClock, seeded, settle } from './support/fake-clock.mjs';
import { ModelServer, Pipe } from './support/model-server.mjs';

const seeds = Number(process.env.SEEDS ?? 20);

async function history(seed, { crashes }) {
  const random = seeded(seed);
  const clock = new FakeClock(random);
  const server = new ModelServer();
  const pipes = [];
  const heard = [];
  const answered = new Map();
  const said = [];
  const signaling = new Signaling({
    url: 'ws://model', clock, deviceId: 'd', token: null,
    createSocket: () => {
      pipes.push(new Pipe(server));
      return pipes.at(-1);
    },
  });
  signaling.addListener({
    onMessage: (type, data) => heard.push(data.text),
    onSession: ({ resumed }) => { if (!resumed) heard.push('--'); },
  });
  signaling.connect();
  await settle();
  let asked = 0;
  let crashed = 0;
  const isBreaking = 0.02 + 0.1 * random();
  const step = async (isCalm) => {
    const pipe = pipes.at(-1);
    const dice = random();
    if (!isCalm && dice < isBreaking) {
      pipe.cut();
    } else if (!isCalm && dice < 0.3) {
      const name = asked++;
      signaling.request('app:message', { call_id: 'c', payload: name }).then(
        (data) => answered.set(name, [...(answered.get(name) ?? []), data.name]),
        (error) => answered.set(name, [...(answered.get(name) ?? []), error.code]));
    } else if (!isCalm && dice < 0.5) {
      for (const session of server.sessions.values()) {
        if (session.outbox.length < 256 && session === pipe.session) {
          said.push(`${session.sid}/${session.lastSeq + 1}`);
          server.say(session, said.at(-1));
        }
      }
    } else if (!isCalm && crashes && dice < 0.503 && crashed < 3) {
      crashed += 1;
      pipe.cut();
      server.crash();
    } else {
      // A socket that the client has given up may still be unnoticed; the present one moves.
      if (!pipe.step(random())) await clock.pass(Math.floor(random() * 4000));
    }
    await settle();
  };
  for (let count = 0; count < 500; count += 1) await step(false);
  for (let count = 0; count < 3000 && (signaling.queued > 0 || count < 500); count += 1) {
    await step(true);
  }
  return { server, signaling, heard, answered, asked, said, pipes, crashed };
}

for (const crashes of [false, true]) {
  test(`2.2, ruling 5: ${seeds} histories${crashes ? ' with crashes' : ''}: nothing lost, doubled, `
    + 'or done twice', async () => {
    let cuts = 0;
    let requests = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const { server, signaling, heard, answered, asked, said, pipes, crashed } = await history(seed,
        { crashes });
      const about = `seed ${seed}`;
      cuts += pipes.length - 1;
      requests += asked;
      assert.deepEqual(server.failures, [], about);
      for (let name = 0; name < asked; name += 1) {
        const outcome = answered.get(name);
        assert.equal(outcome?.length, 1, `${about}: request ${name} was answered ${outcome}`);
        assert.equal(outcome[0], name, about);
        // A server that has lost its memory may have done it before; words are then said twice.
        const times = server.done.get(name);
        assert.ok(times === 1 || (crashed > 0 && times >= 1), `${about}: ${name} done ${times}`);
      }
      const words = heard.filter((text) => text !== '--');
      assert.equal(new Set(words).size, words.length, `${about}: a message came twice`);
      // A session whose first welcome was lost was never the client's.
      const own = said.filter((text) => text.startsWith(`${signaling.welcome.sid}/`));
      if (crashed === 0) assert.deepEqual(words, own, about);
      else assert.deepEqual(words, said.filter((text) => words.includes(text)), about);
    }
    assert.ok(cuts > seeds * 3 && requests > seeds * 20, `${cuts} cuts, ${requests} requests`);
  });
}
