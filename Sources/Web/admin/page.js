// The administration: signs in, shows what the daemon says, and carries out orders.
import { notice, part, recall, remember, showScreen } from '../app/page.js';
import { Api, Trouble } from './api.js';
import { confirm, prepareConfirm } from './confirm.js';
import { History } from './history.js';
import { List } from './list.js';
import { listSpecs, remark } from './lists.js';
import { Orders } from './orders.js';
import { Plot } from './plot.js';
import { plotSpecs } from './plots.js';
import { showTiles, tilesOf } from './tiles.js';
import { Watch } from './watch.js';

const tokenKey = 'turnstone.admin';

/** @type {{api: Api, orders: Orders, watch: Watch} | null} */
let visit = null;
/** The last that was heard. @type {import('./watch.js').Facts | null} */
let facts = null;
const past = new History();
/** @type {Plot[]} */
let plots = [];
/** @type {Record<string, List>} */
let lists = {};

// Coming and going.

/** @param {string} token */
function enter(token) {
  visit?.watch.stop();
  const api = new Api(token);
  const watch = new Watch(api, { onFacts, onTrouble });
  visit = { api, orders: new Orders(api, confirm), watch };
  watch.start();
}

/** @param {string} words Why, or nothing when it was wanted. */
function leave(words) {
  visit?.watch.stop();
  visit = facts = null;
  remember(tokenKey, null);
  part('confirm').close();
  part('token').value = '';
  part('leave').hidden = part('host').hidden = true;
  complain(words);
  showScreen('signin');
  part('token').focus();
}

/** @param {string} words */
function complain(words) {
  part('signin-error').textContent = words;
  part('signin-error').hidden = words === '';
  part('token').setAttribute('aria-invalid', String(words !== ''));
  busy(false);
}

/** @param {boolean} isBusy */
function busy(isBusy) {
  part('signin-form').querySelector('button').disabled = isBusy;
}

/** @param {SubmitEvent} event */
function signIn(event) {
  event.preventDefault();
  complain('');
  const token = part('token').value.trim();
  if (token === '') return;
  busy(true);
  enter(token);
}

// What is heard.

/** @param {import('./watch.js').Facts} heard */
function onFacts(heard) {
  const isFirst = facts === null;
  facts = heard;
  if (isFirst) open();
  const now = Date.now();
  past.add(heard.status, {
    calls: heard.calls?.matched ?? null, sessions: heard.sessions?.matched ?? null,
  }, now);
  trouble('');
  showState();
  showTiles(tilesOf(heard.status, heard.sessions));
  for (const plot of plots) plot.draw(now);
  for (const [name, list] of Object.entries(lists)) {
    const answer = /** @type {any} */ (heard)[name];
    list.show(answer?.[name] ?? [], remark(name, answer));
  }
}

/** The first answer: the token is right. */
function open() {
  if (visit) remember(tokenKey, visit.api.token);
  part('token').value = '';
  complain('');
  part('leave').hidden = part('host').hidden = false;
  if (plots.length === 0) build();
  if (document.body.dataset.screen !== 'board') showScreen('board');
}

function build() {
  plots = plotSpecs.map((spec) => new Plot(spec, past));
  const specs = listSpecs({
    endAllocation: (item) => visit?.orders.endAllocation(item),
    endUser: (item) => visit?.orders.endUser(item),
    endCall: (item) => visit?.orders.endCall(item),
    kick: (item) => visit?.orders.kick(item),
  });
  lists = Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, new List(spec)]));
}

function showState() {
  if (!facts) return;
  const { status, level } = facts;
  part('host').textContent = location.hostname;
  part('drain').textContent = status.draining ? 'Take in again…' : 'Drain…';
  if (level && document.activeElement !== part('level')) part('level').value = level.level;
  const restarted = past.restartedAt;
  const words = [
    ...(restarted ? [`The daemon was restarted at ${timeOf(restarted)}.`] : []),
    ...status.warnings,
  ];
  const there = [...part('warnings').children].map((one) => one.textContent);
  if (there.join('\n') !== words.join('\n')) {
    part('warnings').replaceChildren(...words.map((text) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }));
  }
  part('warnings').hidden = words.length === 0;
}

/** @param {number} at */
function timeOf(at) {
  return new Date(at).toLocaleTimeString();
}

/**
 * @param {Trouble} heard
 * @param {number} retryMs
 */
function onTrouble(heard, retryMs) {
  if (heard.kind === 'token') {
    leave(heard.message);
    return;
  }
  const again = retryMs >= 10_000
    ? `Trying again in ${Math.ceil(retryMs / 1000)} s.` : 'Trying again.';
  const since = facts ? ' What is shown is from before.' : '';
  if (facts) trouble(`${heard.message} ${again}${since}`);
  else complain(`${heard.message} ${again}`);
  for (const plot of plots) plot.draw(Date.now());
}

/** @param {string} words */
function trouble(words) {
  const place = part('trouble');
  if (place.textContent !== words) place.textContent = words;
  place.hidden = words === '';
  part('board').classList.toggle('stale', words !== '');
}

// What is ordered.

/** @param {string} words */
function done(words) {
  notice(words);
  visit?.watch.hurry();
}

/** @param {() => Promise<string | void> | undefined} act */
async function attempt(act) {
  try {
    const words = await act();
    if (words) done(words);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    notice(error.message);
    visit?.watch.hurry();
  }
}

prepareConfirm(done);
part('signin-form').addEventListener('submit', signIn);
part('leave').addEventListener('click', () => leave(''));
part('drain').addEventListener('click', () => facts && visit?.orders.drain(facts.status));
part('reload').addEventListener('click', () => attempt(() => visit?.orders.reload()));
part('level').addEventListener('change', () => attempt(
  () => visit?.orders.setLevel(part('level').value)));

const known = recall(tokenKey);
if (known) {
  busy(true);
  enter(known);
}
document.querySelector('main').inert = false;
document.body.dataset.screen = 'signin';
