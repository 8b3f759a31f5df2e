// Words: the same ones in both languages, for everything that may be said.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import english from '../../Sources/Web/locales/en.js';
import russian from '../../Sources/Web/locales/ru.js';

const web = new URL('../../Sources/Web/', import.meta.url);
const gaps = (text) => [...String(text).matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('Both languages have the same texts, and no gaps that nobody fills', () => {
  assert.deepEqual(Object.keys(russian).sort(), Object.keys(english).sort());
  for (const [name, text] of Object.entries(english)) {
    const forms = [russian[name]].flat();
    assert.equal(Array.isArray(text), Array.isArray(russian[name]), name);
    if (Array.isArray(text)) assert.deepEqual([text.length, forms.length], [2, 3], name);
    // Russian avoids a name where it would have to be declined.
    const known = [text].flat().flatMap(gaps);
    assert.ok(forms.flatMap(gaps).every((gap) => known.includes(gap)), name);
  }
});

test('Every text that a page or a module names exists', () => {
  const folders = ['', 'app/', 'trickle/'];
  const files = folders.flatMap((folder) => readdirSync(new URL(folder, web))
    .filter((name) => /\.(html|js)$/.test(name)).map((name) => folder + name));
  const named = new Set();
  for (const file of files) {
    const source = readFileSync(new URL(file, web), 'utf8');
    for (const [, name] of source.matchAll(/data-(?:text|label)="([^"]+)"/g)) named.add(name);
    for (const [, name] of source.matchAll(/text\('([\w.]+)'/g)) named.add(name);
  }
  assert.ok(named.size > 80, `${named.size} texts`);
  assert.deepEqual([...named].filter((name) => !(name in english)), []);
});

test('S1-9, S3-7: every way in which a call ends has words of its own', () => {
  const ends = ['hangup.local', 'hangup.peer', 'cancelled.peer', 'declined.peer', 'busy',
    'no_answer', 'missed', 'answered_elsewhere', 'taken_over', 'callee_offline', 'ice_timeout',
    'connect_failed', 'reconnect_timeout', 'expired', 'max_duration', 'kicked', 'deleted',
    'permission_denied', 'no_device', 'device_busy', 'insecure_page', 'call_full',
    'call_not_found', 'forbidden', 'offline'];
  for (const end of ends) assert.ok(`ending.${end}` in english, end);
});

test('No page holds a script or a style of its own, or asks anybody else', () => {
  for (const name of ['index.html', 'trickle-ice.html', 'admin/index.html']) {
    const source = readFileSync(new URL(name, web), 'utf8');
    assert.doesNotMatch(source, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
    assert.doesNotMatch(source, /(?:src|href)="(?:https?:)?\/\//);
  }
});
