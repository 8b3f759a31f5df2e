// A plot of lines over time, in SVG, drawn anew with each answer.
import { part } from '../app/page.js';
import { spanMs } from './history.js';

const names = 'http://www.w3.org/2000/svg';
const width = 600;
const height = 150;

/**
 * The end of the scale: 1, 2 or 5 with zeros, not below `least`.
 * @param {number} most
 * @param {number} least
 */
export function ceilingOf(most, least) {
  const wanted = Math.max(most, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= wanted * (1 - 1e-9)) ?? 10;
  return step * power;
}

/**
 * The path of a line. A piece of one point is a dot as wide as the line.
 * @param {{at: number, value: number}[][]} pieces
 * @param {number} ceiling
 * @param {number} now
 */
export function pathOf(pieces, ceiling, now) {
  const x = (/** @type {number} */ at) => (width * (1 - (now - at) / spanMs)).toFixed(1);
  const y = (/** @type {number} */ value) => (height - (height * value) / ceiling).toFixed(1);
  return pieces.map((piece) => {
    const points = piece.map(({ at, value }) => `${x(at)} ${y(value)}`);
    return points.length === 1 ? `M${points[0]}h.1` : `M${points.join('L')}`;
  }).join('');
}

/**
 * @typedef {object} Line
 * @property {string} name Of the number in the history.
 * @property {string} label
 *
 * @typedef {object} PlotSpec
 * @property {string} id
 * @property {string} title
 * @property {Line[]} lines
 * @property {(value: number) => string} format
 * @property {number} least The smallest end of the scale.
 * @property {string} [absent] What is said when nobody has these numbers.
 */

export class Plot {
  /** @param {PlotSpec} spec @param {import('./history.js').History} history */
  constructor(spec, history) {
    this.spec = spec;
    this.history = history;
    /** Where somebody points, from 0 at the left; null: nowhere. @type {number | null} */
    this.pointed = null;
    this.now = 0;
    this.figure = this.#build();
    part('plots').append(this.figure);
  }

  #build() {
    const { spec } = this;
    const figure = document.createElement('figure');
    figure.className = 'plot';
    figure.id = `plot-${spec.id}`;
    const caption = element('figcaption', 'plot-title');
    caption.append(element('h3', '', spec.title));
    this.legend = spec.lines.map(({ label }, index) => {
      const value = element('output', 'value');
      const entry = element('span', `key key-${index}`);
      entry.append(spec.lines.length > 1 ? `${label} ` : '', value);
      caption.append(entry);
      return value;
    });
    this.ceiling = element('span', 'ceiling');
    this.time = element('span', 'time', '15 min ago');
    this.svg = /** @type {SVGSVGElement} */ (document.createElementNS(names, 'svg'));
    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.svg.setAttribute('preserveAspectRatio', 'none');
    this.svg.setAttribute('role', 'img');
    this.lines = spec.lines.map((_, index) => {
      const line = document.createElementNS(names, 'path');
      line.setAttribute('class', `line line-${index}`);
      this.svg.append(line);
      return line;
    });
    this.cursor = document.createElementNS(names, 'path');
    this.cursor.setAttribute('class', 'cursor');
    this.svg.append(this.cursor);
    this.svg.addEventListener('pointermove', (event) => this.#point(event.offsetX));
    this.svg.addEventListener('pointerleave', () => this.#point(null));
    const axis = element('div', 'axis');
    axis.append(this.time, element('span', '', 'now'));
    this.absence = element('p', 'hint absence', spec.absent ?? '');
    figure.append(caption, this.ceiling, this.svg, this.absence, axis);
    return figure;
  }

  /** @param {number | null} offset Pixels from the left edge. */
  #point(offset) {
    this.pointed = offset === null ? null : offset / Math.max(1, this.svg.clientWidth);
    this.#tell();
  }

  /** @param {number} now Milliseconds. */
  draw(now) {
    this.now = now;
    const pieces = this.spec.lines.map(({ name }) => this.history.pieces(name, now));
    const values = pieces.flat(2).map(({ value }) => value);
    const most = values.reduce((all, value) => Math.max(all, value), 0);
    const ceiling = ceilingOf(most, this.spec.least);
    this.ceiling.textContent = this.spec.format(ceiling);
    for (const [index, line] of this.lines.entries()) {
      line.setAttribute('d', pathOf(pieces[index], ceiling, now));
    }
    this.absence.hidden = values.length > 0 || !this.spec.absent;
    this.most = most;
    this.#tell();
  }

  /** Says the numbers of now, or of where somebody points. */
  #tell() {
    const { history, pointed, now, spec } = this;
    const point = pointed === null
      ? history.points.at(-1) : history.nearest(now - (1 - pointed) * spanMs);
    const told = spec.lines.map(({ name }) => {
      const value = point?.values[name];
      return value === null || value === undefined ? '–' : spec.format(value);
    });
    for (const [index, value] of told.entries()) this.legend[index].textContent = value;
    const isPast = pointed !== null && point;
    this.time.textContent = isPast ? ago(now - point.at) : '15 min ago';
    const x = isPast ? width * (1 - (now - point.at) / spanMs) : 0;
    this.cursor.setAttribute('d', isPast ? `M${x.toFixed(1)} 0V${height}` : '');
    if (isPast) return;
    const words = spec.lines.map(({ label }, index) => `${label} ${told[index]}`).join(', ');
    this.svg.setAttribute(
      'aria-label', `${spec.title}: now ${words}; at most ${spec.format(this.most ?? 0)}`);
  }
}

/** @param {number} milliseconds */
function ago(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return seconds < 60 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

/** @param {string} name @param {string} style @param {string} [words] */
function element(name, style, words = '') {
  const made = document.createElement(name);
  if (style) made.className = style;
  made.textContent = words;
  return made;
}
