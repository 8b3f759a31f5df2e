// The types say what the library has, no more and no less.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as library from '../../Sources/Web/turnstone-client.js';

const types = readFileSync(
  new URL('../../Sources/Web/turnstone-client.d.ts', import.meta.url), 'utf8');

test('Everything that is exported has a type, and everything typed is exported', () => {
  const typed = [...types.matchAll(/export (?:class|function|const) (\w+)/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(typed)].sort(), Object.keys(library).sort());
});

test('Every member of a class that is exported is in its type', () => {
  for (const [name, value] of Object.entries(library)) {
    if (!/^class/.test(String(value))) continue;
    const body = new RegExp(`class ${name}\\b[^]*?\\n}`).exec(types)?.[0] ?? '';
    const members = Object.getOwnPropertyNames(value.prototype);
    for (const member of members.filter((one) => one !== 'constructor')) {
      assert.match(body, new RegExp(`\\b${member}\\b`), `${name}.${member}`);
    }
  }
});
