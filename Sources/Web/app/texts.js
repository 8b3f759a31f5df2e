// The words of the page in the language of its reader.
import english from '../locales/en.js';

const languages = ['en', 'ru'];
const key = 'turnstone.language';

let language = 'en';
/** @type {Record<string, string | string[]>} */
let texts = english;
let plural = new Intl.PluralRules('en');

/** Picks what was chosen here before, or what the browser prefers. */
export async function loadTexts() {
  const wanted = [stored(), ...navigator.languages.map((name) => name.slice(0, 2))];
  await useLanguage(wanted.find((name) => languages.includes(name)) ?? 'en');
}

/** The other of the two languages, from now on. */
export async function switchLanguage() {
  const next = languages.find((name) => name !== language) ?? 'en';
  try {
    localStorage.setItem(key, next);
  } catch {
    // Then it holds for this page only.
  }
  await useLanguage(next);
  translate(document);
}

/** @param {string} name */
async function useLanguage(name) {
  language = name;
  texts = name === 'ru' ? (await import('../locales/ru.js')).default : english;
  plural = new Intl.PluralRules(name);
  document.documentElement.lang = name;
}

function stored() {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

export function currentLanguage() {
  return language;
}

/**
 * A text with its gaps filled. Of several forms the number `n` picks one.
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function text(name, values = {}) {
  const found = texts[name] ?? english[/** @type {keyof typeof english} */ (name)] ?? name;
  const form = Array.isArray(found) ? pick(found, Number(values.n)) : found;
  return form.replace(/\{(\w+)\}/g, (gap, word) => String(values[word] ?? gap));
}

/** @param {string} name */
export function hasText(name) {
  return name in english;
}

/** @param {string[]} forms @param {number} count */
function pick(forms, count) {
  const order = ['one', forms.length > 2 ? 'few' : 'other', 'many'];
  const index = order.indexOf(plural.select(count));
  return forms[index < 0 ? forms.length - 1 : index];
}

/**
 * Writes the texts that the elements below `root` name: `data-text` for what stands in them,
 * `data-label` for what is only read aloud and shown on hovering.
 * @param {ParentNode} root
 */
export function translate(root) {
  for (const element of root.querySelectorAll('[data-text]')) {
    element.textContent = text(/** @type {HTMLElement} */ (element).dataset.text ?? '');
  }
  for (const element of root.querySelectorAll('[data-label]')) {
    label(/** @type {HTMLElement} */ (element), element.getAttribute('data-label') ?? '');
  }
}

/**
 * Names a control that shows only a picture.
 * @param {HTMLElement} element
 * @param {string} name
 */
export function label(element, name) {
  element.dataset.label = name;
  element.setAttribute('aria-label', text(name));
  element.title = text(name);
}
