// A table that is filled anew every two seconds: rows stay the same elements, so that whoever reads
// it, or stands on a button in it, is not thrown out.
import { part } from '../app/page.js';

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(item: any) => string} text
 * @property {boolean} [isNumber]
 * @property {boolean} [isCode]
 *
 * @typedef {object} Order
 * @property {string} label What stands on the button.
 * @property {(item: any) => string} about Whom it is about, for whoever hears it alone.
 * @property {(item: any) => void} run
 * @property {(item: any) => boolean} [applies]
 *
 * @typedef {object} ListSpec
 * @property {string} id
 * @property {Column[]} columns
 * @property {(item: any) => string} key
 * @property {Order[]} [orders]
 * @property {string} empty What is said when there is nothing.
 */

/**
 * Which rows stay, come and go: keys that come twice are told apart.
 * @param {any[]} items
 * @param {(item: any) => string} key
 */
export function keyed(items, key) {
  const seen = new Map();
  return items.map((item) => {
    const name = key(item);
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    return { key: times === 0 ? name : `${name} ${times}`, item };
  });
}

export class List {
  /** @param {ListSpec} spec */
  constructor(spec) {
    this.spec = spec;
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    const frame = part(spec.id);
    this.region = document.createElement('div');
    this.region.className = 'scroll';
    this.region.tabIndex = 0;
    this.region.setAttribute('role', 'region');
    const title = part(`${spec.id}-title`).textContent;
    this.region.setAttribute('aria-label', `${title}, as a table`);
    const table = document.createElement('table');
    table.setAttribute('aria-label', title);
    const head = table.createTHead().insertRow();
    for (const { title, isNumber } of spec.columns) head.append(heading(title, isNumber));
    if (spec.orders) head.append(heading('', false, 'Orders'));
    this.body = table.createTBody();
    this.region.append(table);
    this.words = document.createElement('p');
    this.words.className = 'hint';
    frame.append(this.region, this.words);
    this.show([], '');
  }

  /**
   * @param {any[]} items
   * @param {string} [words] Below the table; in its stead when it is empty.
   */
  show(items, words = '') {
    const wanted = keyed(items, this.spec.key);
    const keys = new Set(wanted.map(({ key }) => key));
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.element.remove();
      this.rows.delete(key);
    }
    for (const [index, { key, item }] of wanted.entries()) {
      const row = this.rows.get(key) ?? new Row(this.spec);
      this.rows.set(key, row);
      row.show(item);
      const there = this.body.rows[index];
      // Moving what is in its place would take the focus away.
      if (there !== row.element) this.body.insertBefore(row.element, there ?? null);
    }
    this.region.hidden = items.length === 0;
    this.words.textContent = words || (items.length === 0 ? this.spec.empty : '');
    this.words.hidden = this.words.textContent === '';
  }
}

class Row {
  /** @param {ListSpec} spec */
  constructor(spec) {
    this.spec = spec;
    /** @type {any} */
    this.item = null;
    this.element = document.createElement('tr');
    this.cells = spec.columns.map(({ title, isNumber, isCode }) => {
      const cell = this.element.insertCell();
      // On a phone it stands before the value.
      cell.dataset.title = title;
      cell.className = `${isNumber ? 'number' : ''} ${isCode ? 'code' : ''}`.trim();
      return cell;
    });
    const orders = spec.orders ?? [];
    this.place = spec.orders ? this.element.insertCell() : null;
    this.buttons = orders.map(({ label, run }) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'small';
      button.textContent = label;
      button.addEventListener('click', () => run(this.item));
      this.place?.append(button);
      return button;
    });
  }

  /** @param {any} item */
  show(item) {
    this.item = item;
    for (const [index, { text }] of this.spec.columns.entries()) {
      const words = text(item);
      if (this.cells[index].textContent !== words) this.cells[index].textContent = words;
    }
    for (const [index, { label, about, applies }] of (this.spec.orders ?? []).entries()) {
      this.buttons[index].hidden = applies ? !applies(item) : false;
      this.buttons[index].setAttribute('aria-label', `${label}: ${about(item)}`);
    }
  }
}

/** @param {string} title @param {boolean} [isNumber] @param {string} [spoken] */
function heading(title, isNumber = false, spoken = '') {
  const cell = document.createElement('th');
  cell.scope = 'col';
  cell.textContent = title;
  if (isNumber) cell.className = 'number';
  if (spoken) {
    const words = document.createElement('span');
    words.className = 'spoken';
    words.textContent = spoken;
    cell.append(words);
  }
  return cell;
}
