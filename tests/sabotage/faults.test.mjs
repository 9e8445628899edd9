// The planted faults still fit the sources: a fault whose place has moved would only be noticed by `make sabotage`, which
// takes long and runs rarely.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { faults, places } from './faults.mjs';

const root = new URL('../../', import.meta.url);

test('Jeder Fehler findet seine Stelle in den Quellen genau einmal', () => {
  const texts = new Map();
  for (const { id, file, find, put } of places(faults)) {
    const path = new URL(file, root);
    assert.ok(existsSync(path), `${id}: ${file}`);
    const text = texts.get(file) ?? readFileSync(path, 'utf8');
    assert.equal(text.split(find).length - 1, 1, `${id}: ${file}`);
    texts.set(file, text.replace(find, () => put));
  }
});

test('Es sind mindestens zwanzig, jeder mit eigenem Namen', () => {
  assert.ok(faults.length >= 20, `${faults.length}`);
  assert.equal(new Set(faults.map((f) => f.id)).size, faults.length);
});
