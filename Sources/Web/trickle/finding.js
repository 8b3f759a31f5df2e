/**
 * @typedef {object} Finding
 * @property {'good' | 'warning' | 'problem'} level
 * @property {string} code Names the words, `finding.<code>` and `finding.<code>.do`.
 * @property {Record<string, string | number>} values
 */

/**
 * One thing that the results mean.
 * @param {Finding['level']} level
 * @param {string} code
 * @param {Record<string, string | number>} [values]
 * @returns {Finding}
 */
export function finding(level, code, values = {}) {
  return { level, code, values };
}
