// The parts of a page, found by name and shown one at a time.

/**
 * @param {string} id
 * @returns {any}
 */
export function part(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no ${id}`);
  return element;
}

/**
 * Shows one screen and hides the others; whoever reads with a screen reader is led to its heading.
 * @param {string} id
 */
export function showScreen(id) {
  for (const screen of document.querySelectorAll('main > [data-screen]')) {
    /** @type {HTMLElement} */ (screen).hidden = screen.id !== id;
  }
  document.body.dataset.screen = id;
  const heading = part(id).querySelector('h1, h2');
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

/** @param {string} words Read aloud, and seen for a while where there is room. */
export function announce(words) {
  part('live').textContent = words;
}

let noticeTimer = 0;

/** @param {string} words */
export function notice(words) {
  const element = part('notice');
  element.textContent = words;
  element.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { element.hidden = true; }, 6000);
}

/**
 * The first letters of a name, for a picture of somebody who shows none.
 * @param {string} name
 */
export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join('') || '?';
}

/** @param {number} milliseconds @returns {string} As on a clock. */
export function duration(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest;
}

/**
 * Remembers something for this tab, where the browser lets us.
 * @param {string} key
 * @param {string | null} value
 */
export function remember(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, value);
  } catch {
    // Then it is asked for again.
  }
}

/** @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
