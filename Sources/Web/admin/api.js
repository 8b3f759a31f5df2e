// What the page asks of the daemon, and what went wrong in words.

/**
 * `token`: it is not the right one. `held`: too many were tried. `absent`: the daemon has no
 * token. `plain`: this is not HTTPS. `away`: nothing answers. `busy`: it answers, but not now.
 * `refused`: all is well, but not this.
 * @typedef {'token' | 'held' | 'absent' | 'plain' | 'away' | 'busy' | 'refused'} TroubleKind
 */

/** Longer than the daemon waits for its relay threads. */
const patienceMs = 8000;

export class Trouble extends Error {
  /**
   * @param {TroubleKind} kind
   * @param {string} message
   * @param {{code?: string, retrySeconds?: number}} [more]
   */
  constructor(kind, message, { code = '', retrySeconds = 0 } = {}) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.retrySeconds = retrySeconds;
  }
}

export class Api {
  /**
   * @param {string} token
   * @param {typeof fetch} [ask]
   */
  constructor(token, ask = (...order) => fetch(...order)) {
    this.token = token;
    this.ask = ask;
  }

  /**
   * @param {string} path Behind `/admin/api/v1/`; ids in it are encoded by `pathOf`.
   * @param {string} [method]
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async send(path, method = 'GET', body) {
    const response = await this.#fetch(path, method, body);
    const answer = await this.#read(response);
    if (response.ok && answer) return answer;
    throw troubleOf(response, answer);
  }

  /** @param {string} path @param {string} method @param {object} [body] */
  async #fetch(path, method, body) {
    const headers = new Headers();
    try {
      headers.set('authorization', `Bearer ${this.token}`);
    } catch {
      throw new Trouble('token', 'A token has letters, digits and signs only.');
    }
    if (body) headers.set('content-type', 'application/json');
    try {
      return await this.ask(`/admin/api/v1/${path}`, {
        method, headers, body: body && JSON.stringify(body), cache: 'no-store',
        credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(patienceMs),
      });
    } catch {
      throw new Trouble('away', 'The daemon does not answer.');
    }
  }

  /** @param {Response} response */
  async #read(response) {
    try {
      return await response.json();
    } catch {
      return null;
    }
  }
}

/**
 * @param {Response} response
 * @param {any} answer
 */
function troubleOf(response, answer) {
  const error = answer?.error;
  const code = typeof error?.code === 'string' ? error.code : '';
  const message = typeof error?.message === 'string' ? error.message : '';
  switch (response.status) {
    case 401: return new Trouble('token', 'This is not the admin token.', { code });
    case 403: return new Trouble('plain', 'The daemon answers over HTTPS only.', { code });
    case 429: {
      const retrySeconds = Math.max(1, Number(response.headers.get('retry-after')) || 30);
      return new Trouble('held', 'Too many wrong tokens were tried.', { code, retrySeconds });
    }
    case 502: case 503: case 504:
      return new Trouble('busy', message || 'The daemon cannot answer now.', { code });
    default:
      // Whoever has no token configured has no such path either: then there is no code.
      if (response.status === 404 && code === '') {
        return new Trouble('absent', 'The daemon has no admin-token in its configuration now.');
      }
      return new Trouble('refused', message || `The daemon answers ${response.status}.`, { code });
  }
}

/**
 * A path whose parts may hold anything.
 * @param {string} path
 * @param {string | null} [id]
 * @param {Record<string, string | number | boolean>} [query]
 */
export function pathOf(path, id = null, query = {}) {
  const items = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return path + (id === null ? '' : `/${encodeURIComponent(id)}`)
    + (items.length ? `?${items.join('&')}` : '');
}
