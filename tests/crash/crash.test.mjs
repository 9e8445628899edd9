// "Acknowledged means durable", tried by killing the server. KILLS says how often (200 in `make crash`).
// That this test would find the fault is shown by twin.test.mjs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash } from './crash.mjs';

const kills = Number(process.env.KILLS || 20);
const seed = process.env.SEED ? Number(process.env.SEED) : undefined;

test(`${kills} kills: everything acknowledged is there, once`, { timeout: 3_600_000 }, async (t) => {
  const result = await crash({ kills, seed, name: 'crash' });
  t.diagnostic(`${result.acked} Anträge in ${result.rounds} Runden, SEED=${result.seed}`);
  assert.deepEqual(result.lost, [], 'bestätigt, aber verloren');
  assert.deepEqual(result.doubled, [], 'ein Schlüssel, zwei Anträge');
  assert.deepEqual(result.refused, [], 'nicht angenommen');
  assert.ok(result.acked >= kills, `nur ${result.acked} Anträge in ${kills} Runden`);
});
