// The test of the crash test: the twin is the same program built to acknowledge before the commit. It must be found
// out, or the fault in the real one would not be found either. Part of `make crash`, which builds the twin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash } from './crash.mjs';

const kills = Number(process.env.KILLS || 20);
const seed = process.env.SEED ? Number(process.env.SEED) : undefined;

test('the twin that acknowledges before the commit loses, and is found out', { timeout: 3_600_000 }, async (t) => {
  const program = process.env.KOMMUNAL_TWIN;
  assert.ok(program, 'KOMMUNAL_TWIN nennt das Programm, gebaut mit --features sabotage');
  const result = await crash({ kills, seed, program, env: { KOMMUNAL_SABOTAGE: 'ack-before-commit' }, enough: true, name: 'crash-twin' });
  t.diagnostic(`in Runde ${result.rounds} verloren: ${result.lost.length}, SEED=${result.seed}`);
  assert.notEqual(result.lost.length, 0, 'der Zwilling hat nichts verloren: dann sähe dieser Test auch den echten Fehler nicht');
});
