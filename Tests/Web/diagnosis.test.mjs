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
