// "Acknowledged means durable", tried by killing the server. KILLS says how often (200 in `make crash`).
// The twin is the same program built to acknowledge before the commit: this test must find it out,
// or it could not find the fault in the real one either.
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

test('the twin that acknowledges before the commit loses, and is found out', { timeout: 3_600_000 }, async (t) => {
  const program = process.env.KOMMUNAL_TWIN;
  assert.ok(program, 'KOMMUNAL_TWIN nennt das Programm, gebaut mit --features sabotage');
  const result = await crash({ kills, seed, program, env: { KOMMUNAL_SABOTAGE: 'ack-before-commit' }, enough: true, name: 'crash-twin' });
  t.diagnostic(`in Runde ${result.rounds} verloren: ${result.lost.length}, SEED=${result.seed}`);
  assert.notEqual(result.lost.length, 0, 'der Zwilling hat nichts verloren: dann sähe dieser Test auch den echten Fehler nicht');
});
