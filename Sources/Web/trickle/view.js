// What the connection test shows: findings first, then what was found at each address.
import { hasText, text } from '../app/texts.js';
import { works } from './diagnosis.js';

/** @param {string} name @param {string} words @param {string} [style] */
function element(name, words, style) {
  const made = document.createElement(name);
  made.textContent = words;
  if (style) made.className = style;
  return made;
}

/** @param {string} icon */
function picture(icon) {
  const name = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(name, 'svg');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(name, 'use'));
  svg.firstElementChild?.setAttribute('href', `/trickle/levels.svg#${icon}`);
  return svg;
}

/** @param {import('./finding.js').Finding} finding */
export function findingItem({ level, code, values }) {
  const item = element('li', '', `finding ${level}`);
  item.dataset.code = code;
  const head = element('p', '', 'level');
  head.append(picture(level), text(`level.${level}`));
  item.append(head, element('p', text(`finding.${code}`, values), 'what'));
  if (hasText(`finding.${code}.do`)) {
    item.append(element('p', text(`finding.${code}.do`, values), 'remedy'));
  }
  return item;
}

/**
 * What was found at each address: first what does not work, which is open; the rest opens on demand.
 * @param {import('./diagnosis.js').Result[]} results
 * @param {import('./outside-test.js').Outside[]} outside
 */
export function resultItems(results, outside) {
  const items = [...outside.map(outsideItem), ...results.map(resultItem)];
  const isBad = (/** @type {HTMLElement} */ item) => item.classList.contains('problem');
  return [...items.filter(isBad), ...items.filter((item) => !isBad(item))];
}

/** @param {import('./diagnosis.js').Result} result */
function resultItem(result) {
  const { target, gathered, relayed } = result;
  const isGood = works(result) && relayed?.isConnected !== false;
  const { item, details } = folded(target.url, isGood);
  const rows = [
    ...gathered.candidates.map((one) => [
      text(`candidate.${one.type}`), endpoint(one),
      (one.relayProtocol ?? one.protocol).toUpperCase(), text('trickle.ms', { n: one.atMs })]),
    ...gathered.errors.map((one) => [
      text('candidate.error'), one.text || text('trickle.noanswer'), one.code > 0 ? String(one.code) : '–',
      text('trickle.ms', { n: one.atMs })]),
  ];
  if (rows.length > 0) details.append(table(rows, target.url));
  else details.append(element('p', text('trickle.nothing'), 'hint'));
  if (relayed) details.append(element('p', relayedText(relayed), 'hint'));
  return item;
}

/** @param {import('./outside-test.js').Outside} one */
function outsideItem(one) {
  const isGood = one.isConnected && !one.isElsewhere;
  const { item, details } = folded(text('trickle.outside', { address: one.announced }), isGood);
  const reached = one.isConnected ? 'trickle.outside.open' : 'trickle.outside.closed';
  const seen = one.isElsewhere ? ` ${text('trickle.outside.elsewhere')}` : '';
  const stun = one.answers === null ? ''
    : ` ${text(one.answers ? 'trickle.outside.answers' : 'trickle.outside.silent')}`;
  details.append(element('p', text(reached, { peer: one.peer }) + seen + stun, 'hint'));
  return item;
}

/** What was tested, and whether it works; the rest belongs into `details`. */
function folded(/** @type {string} */ words, /** @type {boolean} */ isGood) {
  const item = element('li', '', `card result ${isGood ? 'good' : 'problem'}`);
  const details = document.createElement('details');
  details.open = !isGood;
  const head = element('summary', '', 'head');
  const verdict = element('span', '', 'verdict');
  const level = isGood ? 'good' : 'problem';
  verdict.append(picture(level), text(isGood ? 'trickle.works' : 'trickle.fails'));
  const title = element('h3', '');
  // An address breaks between its parts.
  for (const piece of words.split(/(?<=[:.])|(?=\?)/)) {
    title.append(piece, document.createElement('wbr'));
  }
  head.append(title, verdict);
  details.append(head);
  item.append(details);
  return { item, details };
}

/** @param {{address: string, port: number}} place */
function endpoint({ address, port }) {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** @param {import('./relay-test.js').Relayed} relayed */
function relayedText(relayed) {
  if (!relayed.isConnected) return text('trickle.notrelayed');
  return text('trickle.relayed', {
    rtt: relayed.rttMs ?? '?', sent: relayed.packetsSent, received: relayed.packetsReceived,
    mbps: relayed.kbps === null ? '?' : (relayed.kbps / 1000).toFixed(1),
  });
}

/** @param {string[][]} rows @param {string} about */
function table(rows, about) {
  const made = document.createElement('table');
  made.append(element('caption', about, 'spoken'));
  const head = document.createElement('tr');
  for (const name of ['type', 'address', 'protocol', 'time']) {
    const cell = element('th', text(`trickle.${name}`));
    cell.setAttribute('scope', 'col');
    head.append(cell);
  }
  made.createTHead().append(head);
  const body = made.createTBody();
  for (const row of rows) {
    const line = document.createElement('tr');
    line.append(...row.map((words) => element('td', words)));
    body.append(line);
  }
  return made;
}
