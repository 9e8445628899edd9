// Submits applications from several writers, kills the server a moment after an acknowledgement, starts
// it again and compares what it knows with what the writers saw. The ledger is the writers' own.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fire } from '../lib/samples.mjs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from '../lib/server.mjs';

export const place = '16077036'; // Nobitz
export const service = 'brauchtumsfeuer';

/** Pseudo-random numbers in [0, 1) that a seed repeats. */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `{ status, body }`; `body` is null when the connection broke after the status line. */
async function submit(url, key, answers) {
  const answer = await fetch(`${url}/api/v1/authorities/${place}/services/${service}/applications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ answers }),
  });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

async function look(url, { reference, access_code: code }) {
  const answer = await fetch(`${url}/api/v1/applications/${reference}`, { headers: { authorization: `Bearer ${code}` } });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

/** Many small requests at a time, since there may be thousands. */
async function inTurn(list, act, width = 8) {
  const queue = [...list];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
    }),
  );
}

/**
 * Returns what was acknowledged and what went wrong:
 * `lost`: a 201 was seen, but afterwards the application is not there; `doubled`: a key that yields
 * another application than the one acknowledged; `refused`: answers other than 201.
 * `enough`: stop as soon as something was lost (for the twin, which must lose).
 */
export async function crash({ kills, writers = 4, seed = Date.now() % 1_000_000, program, env, enough = false, name = 'crash', inspect }) {
  const random = randomFrom(seed);
  const start = (data) => Server.start({ name, data, program, env, args: ['--demo', '--limits', 'off'] });
  // The honest program lays the demo: a twin that forgets would stumble over its own start.
  const data = join(mkdtempSync(join(tmpdir(), 'kommunal-crash-')), 'data');
  await (await Server.start({ name, data, args: ['--demo', '--limits', 'off'] })).stop();
  let server = await start(data);
  const answers = fire();
  const acked = new Map(); // key → body of the 201, or null when only its status line came through
  const open = new Set(); // keys sent without an answer
  const lost = [];
  const doubled = [];
  const refused = [];
  let round = 0;
  try {
    for (; round < kills && !(enough && lost.length); round += 1) {
      const fresh = await submitUntilKilled(server, { writers, answers, random, acked, open, refused });
      server = await start(data);
      const up = Date.now();
      // What was acknowledged is there, and its key still yields it: the very same answer.
      await inTurn(fresh, async (key) => {
        const body = acked.get(key);
        if (body) {
          const seen = await look(server.url, body);
          if (seen.status !== 200 || seen.body?.reference !== body.reference) lost.push({ round, key, reference: body.reference, status: seen.status });
        }
        const again = await submit(server.url, key, answers);
        if (body ? JSON.stringify(again.body) !== JSON.stringify(body) : again.status !== 201) doubled.push({ round, key, body, again });
        // Only the status line was seen: then the application is older than this start of the server.
        if (!body && !(Date.parse(again.body?.received_at) < up)) lost.push({ round, key, again });
        if (!body) acked.set(key, again.body);
      });
      // What nobody acknowledged may be there or not; sent again it is there once.
      await inTurn(open, async (key) => {
        const again = await submit(server.url, key, answers);
        if (again.status === 201) acked.set(key, again.body);
        else refused.push({ round, key, again });
      });
      open.clear();
    }
    // At the end everything of all rounds, and no two keys share an application.
    if (!enough) {
      await inTurn([...acked.values()], async (body) => {
        const seen = await look(server.url, body);
        if (seen.status !== 200) lost.push({ round, reference: body.reference, status: seen.status });
      });
    }
    const references = new Set([...acked.values()].map((b) => b.reference));
    if (references.size !== acked.size) doubled.push({ round, references: references.size, keys: acked.size });
    await inspect?.(server, references);
    return { seed, rounds: round, acked: acked.size, lost, doubled, refused };
  } finally {
    server.ownsData = true; // goes with the last server, whichever that is
    await server.stop();
  }
}

/** One round: all writers submit without a pause until the server is gone. Returns the keys acknowledged. */
async function submitUntilKilled(server, { writers, answers, random, acked, open, refused }) {
  const fresh = new Set();
  let first;
  const acknowledged = new Promise((done) => (first = done));
  let over = false;
  const write = async () => {
    while (!over) {
      const key = randomUUID();
      open.add(key);
      try {
        const { status, body } = await submit(server.url, key, answers);
        if (status === 201) {
          open.delete(key);
          acked.set(key, body);
          fresh.add(key);
          first();
        } else {
          open.delete(key);
          refused.push({ key, status, body });
          if (refused.length > 20) return first();
          await sleep(50);
        }
      } catch {
        return; // the connection broke: the server is gone
      }
    }
  };
  const all = Promise.all(Array.from({ length: writers }, write));
  await Promise.race([acknowledged, all]);
  await sleep(5 + random() * 75);
  over = true;
  await server.kill();
  await all;
  return fresh;
}
