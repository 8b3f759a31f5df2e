// What the connection test concludes from what it has seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import english from '../../Sources/Web/locales/en.js';
import { diagnose } from '../../Sources/Web/trickle/diagnosis.js';
import { expiryOf, isPrivate, readPasted, readUrl, targetsOf } from '../../Sources/Web/trickle/servers.js';

const now = 1_800_000_000_000;
const host = '203.0.113.5';
const iceServers = [
  { urls: [`stun:${host}:3478`] },
  {
    urls: [`turn:${host}:3478?transport=udp`, `turn:${host}:3478?transport=tcp`,
      `turns:${host}:3478?transport=tcp`],
    username: `${now / 1000 + 3600}:u`, credential: 'c',
  },
];

const candidate = (type, address) => ({
  type, address, port: 50_000, protocol: 'udp', relayProtocol: null, atMs: 20,
});

/** Results where all is well, changed by `change` for each address. */
function results(change = () => ({}), servers = iceServers) {
  return targetsOf(servers).map((target) => {
    const { errors = [], address = host, isSilent = errors.length > 0, relays = true } = change(target);
    const type = target.kind === 'turn' ? 'relay' : 'srflx';
    const candidates = isSilent ? [] : [candidate(type, type === 'relay' ? address : '198.51.100.7')];
    const relayed = target.kind === 'turn' && !isSilent
      ? { isConnected: relays, rttMs: relays ? 12 : null, kbps: 9000, packetsSent: 9, packetsReceived: 9 }
      : null;
    return {
      target, relayed,
      gathered: { candidates, errors: errors.map((code) => ({ code, text: '', atMs: 9 })), doneMs: 50,
        isTimedOut: isSilent && errors.length === 0 },
    };
  });
}

const codes = (facts) => {
  const findings = diagnose({ now, ...facts });
  for (const { code } of findings) assert.ok(`finding.${code}` in english, code);
  return findings.map(({ code }) => code);
};

test('All is well', () => {
  assert.deepEqual(codes({ results: results() }), ['all_good']);
});

test('S4-9: UDP 3478 is closed', () => {
  const found = codes({
    results: results(({ transport }) => (transport === 'udp' ? { errors: [701] } : {})),
  });
  assert.deepEqual(found, ['udp_blocked']);
});

test('S4-9: the relay range is closed', () => {
  assert.deepEqual(codes({ results: results(() => ({ relays: false })) }), ['relay_range']);
});

test('S4-9: external-ip is wrong', () => {
  const wrong = { address: '10.0.0.4', relays: false };
  assert.deepEqual(codes({ results: results(() => wrong) }), ['external_ip']);
  assert.deepEqual(codes({ results: results(() => ({ ...wrong, address: '192.0.2.77' })) }),
    ['external_ip']);
  assert.deepEqual(codes({ results: results(() => ({ address: '10.0.0.4' })) }),
    ['all_good', 'external_ip_odd']);
});

test('The credential has expired', () => {
  const old = iceServers.map((server) => ({ ...server, username: `${now / 1000 - 600}:u` }));
  const refused = ({ kind }) => (kind === 'turn' ? { errors: [401] } : {});
  assert.deepEqual(codes({ results: results(refused, old) }), ['credentials_expired']);
  assert.equal(diagnose({ now, results: results(refused, old) })[0].values.minutes, 10);
  assert.deepEqual(codes({ results: results(refused) }), ['credentials_wrong']);
});

test('The clock is off, and credentials end by the clock of the server', () => {
  const refused = ({ kind }) => (kind === 'turn' ? { errors: [401] } : {});
  const found = codes({ results: results(refused), clockOffsetMs: 7_200_000 });
  assert.deepEqual(found, ['credentials_expired', 'clock_off']);
  assert.deepEqual(codes({ results: results(), clockOffsetMs: -60_000 }), ['all_good', 'clock_off']);
  assert.deepEqual(codes({ results: results(), clockOffsetMs: 400 }), ['all_good']);
});

test('The certificate is for another name: the same port is open without TLS', () => {
  const noTls = ({ transport }) => (transport === 'tls' ? { errors: [701] } : {});
  assert.deepEqual(codes({ results: results(noTls) }), ['tls_certificate']);
  const other = [iceServers[0], { ...iceServers[1],
    urls: [`turn:${host}:3478?transport=udp`, `turns:${host}:5349`] }];
  assert.deepEqual(codes({ results: results(noTls, other) }), ['tls_blocked']);
});

test('Nothing answers, there is nothing to ask, the relay is full', () => {
  assert.deepEqual(codes({ results: results(() => ({ errors: [701] })) }), ['unreachable']);
  assert.deepEqual(codes({ results: [] }), ['no_servers']);
  const full = ({ kind }) => (kind === 'turn' ? { errors: [486] } : {});
  assert.deepEqual(codes({ results: results(full) }), ['relay_full']);
  assert.deepEqual(codes({ results: results(() => ({}), [iceServers[0]]) }), ['stun_good']);
});

test('Addresses are read as RFC 7064 and 7065 write them', () => {
  const read = (url) => {
    const found = readUrl(url);
    return found && [found.kind, found.transport, found.host, found.port];
  };
  assert.deepEqual(read('stun:a.example'), ['stun', 'udp', 'a.example', 3478]);
  assert.deepEqual(read('turn:a.example?transport=tcp'), ['turn', 'tcp', 'a.example', 3478]);
  assert.deepEqual(read('turns:a.example:443?transport=tcp'), ['turn', 'tls', 'a.example', 443]);
  assert.deepEqual(read('turn:[2001:db8::1]:99'), ['turn', 'udp', '2001:db8::1', 99]);
  for (const bad of ['http://a', 'turn:', 'turn:a b', 'turn://a']) assert.equal(read(bad), null);
  assert.equal(readPasted('{"iceServers":[{"urls":"stun:a"}]}', '', '').length, 1);
  assert.deepEqual(readPasted('turn:a\nnonsense turn:b', 'u', 'c'),
    [{ urls: ['turn:a', 'turn:b'], username: 'u', credential: 'c' }]);
  assert.equal(expiryOf('1800000000:u'), now);
  assert.equal(expiryOf('anna'), null);
  assert.ok(['10.1.2.3', '172.20.0.1', '100.64.0.1', 'fd00::1'].every(isPrivate));
  assert.ok(!['203.0.113.5', '172.32.0.1', '2001:db8::1'].some(isPrivate));
});

/** How a relay looked from outside, when all is well, changed by `change`. */
const fromOutside = (change = {}) => [{
  url: iceServers[1].urls[0], announced: host, port: 50_000, isConnected: true, isElsewhere: false,
  peer: '198.51.100.7', answers: null, ...change,
}];

test('S4-9: relays work among themselves, and nobody outside reaches them', () => {
  const closed = { isConnected: false, answers: true };
  const facts = { addresses: [host], ports: { first: 50_000, last: 50_999 }, certificate_names: [] };
  assert.deepEqual(codes({ results: results(), outside: fromOutside() }), ['all_good']);
  assert.deepEqual(codes({ results: results(), outside: fromOutside(closed) }), ['relay_range']);
  const [{ values }] = diagnose({ now, results: results(), outside: fromOutside(closed), facts });
  assert.deepEqual([values.first, values.last], [50_000, 50_999]);
  const near = fromOutside({ ...closed, peer: '192.168.1.5' });
  assert.deepEqual(codes({ results: results(), outside: near }), ['all_good', 'peer_private']);
});

test('S4-9: the announced address is not where packets come from, or where anybody answers', () => {
  const named = iceServers.map((server) => ({
    ...server, urls: server.urls.map((url) => url.replace(host, 'turn.example.org')),
  }));
  const wrong = { announced: '192.0.2.77', answers: false };
  const found = (change) => codes({
    results: results(() => ({ address: '192.0.2.77' }), named), outside: fromOutside({ ...wrong, ...change }),
  });
  assert.deepEqual(found({ isElsewhere: true }), ['external_ip_seen']);
  assert.deepEqual(found({ isConnected: false }), ['external_ip']);
  // A server with several addresses: it answers at the announced one, and sends from another.
  assert.deepEqual(found({ isElsewhere: true, answers: true }), ['all_good']);
});

test('The server says what its certificate is for', () => {
  const noTls = ({ transport }) => (transport === 'tls' ? { errors: [701] } : {});
  const named = [{ ...iceServers[1], urls: ['turn:a.example.org?transport=tcp', 'turns:a.example.org:3478'] }];
  const facts = (...names) => ({ addresses: [], ports: { first: 1, last: 2 }, certificate_names: names });
  const found = (...names) => codes({ results: results(noTls, named), facts: facts(...names) });
  assert.deepEqual(found('b.example.org'), ['tls_name']);
  assert.deepEqual(found('*.other.org', 'example.org'), ['tls_name']);
  assert.deepEqual(found('*.example.org'), ['tls_certificate']);
  assert.deepEqual(found('A.EXAMPLE.ORG'), ['tls_certificate']);
  assert.deepEqual(found(), ['tls_certificate']);
});

test('One finding for each host, with all its ports', () => {
  const urls = [3478, 443].map((port) => `turn:${host}:${port}?transport=udp`);
  const servers = [{ ...iceServers[1], urls: [...urls, `turn:${host}:443?transport=tcp`] }];
  const silent = results(({ transport }) => (transport === 'udp' ? { errors: [701] } : {}), servers);
  const [blocked] = diagnose({ now, results: silent });
  assert.deepEqual([blocked.code, blocked.values.port], ['udp_blocked', '443, 3478']);
});

test('A relay without credentials, a name that DNS does not know', () => {
  const bare = [{ urls: [`turn:${host}:3478`] }];
  assert.deepEqual(codes({ results: results(() => ({ errors: [0] }), bare) }), ['credentials_missing']);
  const unknown = results(() => ({ errors: [701] }));
  for (const { gathered } of unknown) gathered.errors[0].text = 'TURN host lookup received error.';
  assert.deepEqual(codes({ results: unknown }), ['name_unknown']);
});

test('Servers are pasted as JSON, as JavaScript, or as addresses', () => {
  const one = (text) => readPasted(text, 'u', 'c')[0];
  const expected = { urls: 'turn:a.example', username: 'u', credential: 'c' };
  for (const text of [
    '{"urls":"turn:a.example","username":"u","credential":"c"}',
    "const config = { iceServers: [{ urls: 'turn:a.example', username: 'u', credential: 'c', }], };",
    '[{"url":"turn:a.example","user":"u","password":"c"}]',
    '{"username":"u","password":"c","ttl":60,"uris":"turn:a.example"}',
  ]) assert.deepEqual(one(text), expected, text);
  assert.deepEqual(one('"turn:a", "stun:b"').urls, ['turn:a', 'stun:b']);
  for (const text of ['', '{}', '[1]', 'null', '{"urls":', 'hello']) assert.deepEqual(readPasted(text, '', ''), [], text);
});

test('What is sent holds no credential, and what the server takes', async () => {
  const { reportData, reportText } = await import('../../Sources/Web/trickle/report.js');
  const found = results();
  const seen = {
    results: found, outside: fromOutside(), findings: diagnose({ now, results: found }),
    clockOffsetMs: 5, browser: 'B'.repeat(300),
  };
  const data = JSON.stringify(reportData(seen));
  const text = reportText(seen, (name) => name, 'today');
  for (const secret of ['username', 'credential"', iceServers[1].username]) {
    assert.ok(!data.includes(secret) && !text.includes(secret), secret);
  }
  const { browser, findings, results: [, relayed] } = JSON.parse(data);
  assert.equal(browser.length, 200);
  assert.match(findings[0].says, /^All well/);
  assert.deepEqual(relayed.relayed, { connected: true, kbps: 9000,
    rtt_us: 12_000, sent: 9, received: 9 });
});
