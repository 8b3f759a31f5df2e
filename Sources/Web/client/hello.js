// Who this page is to the server: the first frame of every socket (calls.md 2.1).
import { randomName } from './clock.js';

/** What this client promises: it tells when media flows. */
const capabilities = ['reports_connected'];

export class Introduction {
  #options;
  #deviceId;
  /**
   * What a guest is called; others may have the name already.
   * @type {string | undefined}
   */
  #name;

  /** @param {any} options Those of `Signaling`. */
  constructor(options) {
    this.#options = options;
    this.#deviceId = options.deviceId ?? randomName();
    this.#name = options.name || undefined;
  }

  /**
   * @param {'connect' | 'expired' | 'expiring'} reason
   * @returns {Promise<string | null>}
   */
  async token(reason) {
    const { token } = this.#options;
    return (typeof token === 'function' ? await token(reason) : token) ?? null;
  }

  /**
   * @param {string | null} token
   * @param {any} resume The session to go on with; nil for a new one.
   */
  frame(token, resume) {
    const { client } = this.#options;
    return {
      type: 'hello',
      data: {
        ...(token ? { token } : {}), ...(this.#name ? { name: this.#name } : {}),
        device_id: this.#deviceId,
        client: { name: 'turnstone-client', version: '1', ...client },
        caps: this.#options.capabilities ?? capabilities,
        ...(resume ? { resume } : {}),
      },
    };
  }

  /**
   * The name is taken: whether there is another one to try.
   * @returns {boolean}
   */
  takeAnotherName() {
    const another = this.#options.anotherName?.(this.#name);
    if (another) this.#name = another;
    return Boolean(another);
  }
}
