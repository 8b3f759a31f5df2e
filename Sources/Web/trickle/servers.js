// Which servers are tested, and what their addresses say.

/**
 * @typedef {object} Target One address to test.
 * @property {string} url
 * @property {'stun' | 'turn'} kind
 * @property {'udp' | 'tcp' | 'tls'} transport
 * @property {string} host
 * @property {number} port
 * @property {string} [username]
 * @property {string} [credential]
 */

/**
 * @param {any[]} iceServers As `RTCPeerConnection` takes them.
 * @returns {Target[]} One for each address; those that make no sense are left out.
 */
export function targetsOf(iceServers) {
  const targets = [];
  for (const { urls, username, credential } of iceServers) {
    for (const url of [urls].flat()) {
      const read = readUrl(String(url).trim());
      if (read) targets.push({ ...read, ...(read.kind === 'turn' && { username, credential }) });
    }
  }
  return targets.filter((target, index) => (
    targets.findIndex((other) => other.url === target.url) === index));
}

/**
 * An address of RFC 7064 or RFC 7065.
 * @param {string} url
 * @returns {Target | null}
 */
export function readUrl(url) {
  const match = /^(stuns?|turns?):(\[[0-9a-f:.]+\]|[^:?/@\s]+)(?::(\d{1,5}))?(?:\?transport=(\w+))?$/i
    .exec(url);
  if (!match) return null;
  const [, scheme, host, port, asked] = match;
  const isSecure = scheme.toLowerCase().endsWith('s');
  return {
    url,
    kind: scheme.toLowerCase().startsWith('turn') ? 'turn' : 'stun',
    transport: isSecure ? 'tls' : asked?.toLowerCase() === 'tcp' ? 'tcp' : 'udp',
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? (isSecure ? 5349 : 3478)),
  };
}

/**
 * Pasted text: JSON or JavaScript as applications keep it, or one address a line.
 * @param {string} text
 * @param {string} username
 * @param {string} credential
 * @returns {any[]} ICE servers; empty when nothing was understood.
 */
export function readPasted(text, username, credential) {
  const json = readObject(text);
  if (json !== null && typeof json === 'object') {
    const list = json.iceServers ?? json.ice_servers ?? json.v?.iceServers ?? json;
    return [list].flat().map(normal).filter(({ urls }) => urls);
  }
  const lines = text.split(/[\s,;"']+/).filter((line) => readUrl(line) !== null);
  return lines.length > 0 ? [{ urls: lines, username, credential }] : [];
}

/** The members that services call differently. @param {any} one */
function normal(one) {
  return {
    urls: one?.urls ?? one?.url ?? one?.uris, username: one?.username ?? one?.user,
    credential: one?.credential ?? one?.password,
  };
}

/**
 * JSON, or an object as JavaScript writes it: names without quotes, other quotes, a last comma,
 * and `iceServers:` or `const x =` before it.
 * @param {string} text
 */
function readObject(text) {
  const body = text.replace(/^[^[{]*?(?=[[{])/s, '').replace(/[;,\s]+$/, '');
  const strict = body.replace(/'([^'"\\]*)'/g, '"$1"')
    .replace(/([{,]\s*)([A-Za-z_]\w*)\s*:(?=\s*["[{])/g, '$1"$2":')
    .replace(/,(\s*[\]}])/g, '$1');
  for (const attempt of [body, strict]) {
    try {
      return JSON.parse(attempt);
    } catch {
      // Then the next one, or lines.
    }
  }
  return null;
}

/**
 * When a credential of the REST convention ends, `<unix time>:<id>`, in milliseconds.
 * @param {string | undefined} username
 * @returns {number | null}
 */
export function expiryOf(username) {
  const match = /^(\d{9,11})(?::|$)/.exec(username ?? '');
  return match ? Number(match[1]) * 1000 : null;
}

/**
 * Whether an address is reachable from one's own network only (RFC 1918, 6598, 3927, 4193).
 * @param {string} address
 */
export function isPrivate(address) {
  return /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|0\.0\.0\.0$|f[cd]|fe80:|::1?$)/i
    .test(address);
}

/** @param {string} host */
export function isAddress(host) {
  return /^[\d.]+$/.test(host) || host.includes(':');
}
