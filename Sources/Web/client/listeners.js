// Who wants to hear of something: registered in one place, told once each (S1-10).

/** @template {Record<string, any>} T */
export class Listeners {
  /** @type {Set<T>} */
  #all = new Set();

  /**
   * @param {T} listener An object with any of the callbacks. Adding it twice changes nothing.
   * @returns {() => void} Takes it away again.
   */
  add(listener) {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  /**
   * Calls `name` of everybody who has it. One that throws does not keep the others from hearing.
   * @param {string} name
   * @param {...any} values
   */
  tell(name, ...values) {
    for (const listener of [...this.#all]) {
      if (!this.#all.has(listener)) continue;
      try {
        listener[name]?.(...values);
      } catch (error) {
        reportLater(error);
      }
    }
  }

  clear() {
    this.#all.clear();
  }

  get size() {
    return this.#all.size;
  }
}

/**
 * To the page's own error handler, outside of our own work.
 * @param {unknown} error
 */
function reportLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}
