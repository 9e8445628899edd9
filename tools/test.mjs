// Runs the parts of `make test`, `make pictures` or `make crash` one after another, goes on after a
// failure and ends with one line of sums. What a part tests stands in the part, not here.
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const target = resolve(root, process.env.CARGO_TARGET_DIR || 'target');
const cargo = process.env.CARGO || 'cargo';
const what = process.argv[2] || 'test';

/** Data of tests that nobody keeps lie in memory where the machine has room for them: most of a story's time was
 *  waiting for the disk. The crash test stays on the disk. */
function memory() {
  const room = (dir) => {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize >= 2 * 1024 ** 3;
  };
  try {
    return room('/dev/shm') ? mkdtempSync('/dev/shm/kommunal-test-') : undefined;
  } catch {
    return undefined;
  }
}
const fast = memory();
// PostgreSQL runs as a user of its own and has to get in.
if (fast) chmodSync(fast, 0o755);
process.on('exit', () => fast && rmSync(fast, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
const inMemory = { TMPDIR: fast ?? tmpdir() };

/** Runs one command, shows its output as it comes and returns it with the exit code. */
function run(command, env = {}) {
  return new Promise((done) => {
    const child = spawn(command[0], command.slice(1), {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const take = (to) => (chunk) => {
      text += chunk;
      to.write(chunk);
    };
    child.stdout.on('data', take(process.stdout));
    child.stderr.on('data', take(process.stderr));
    child.on('error', (error) => done({ code: 1, text: `${text}\n${error.message}` }));
    child.on('close', (code) => done({ code: code ?? 1, text }));
  });
}

/** Sums of `cargo test`: one closing line for each test binary. */
function cargoSums(text) {
  const sums = { passed: 0, failed: 0, skipped: 0 };
  for (const m of text.matchAll(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    sums.passed += Number(m[1]);
    sums.failed += Number(m[2]);
    sums.skipped += Number(m[3]);
  }
  return sums;
}

/** Sums of node's test runner. */
function nodeSums(text) {
  const number = (word) => Number(text.match(new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, 'm'))?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail') + number('cancelled'), skipped: number('skipped') + number('todo') };
}

/** A command that is one test itself. */
const single = (_, code) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 });

/** Node's runner on the files of a folder whose names match. */
function nodeTests(folder, names, atOnce = 1) {
  const dir = join(root, folder);
  const files = existsSync(dir) ? readdirSync(dir).filter((f) => names.test(f)).sort() : [];
  return ['node', '--test', '--test-reporter=spec', `--test-concurrency=${atOnce}`, ...files.map((f) => join(folder, f))];
}

const debugBinary = join(target, 'debug', 'kommunal');
// Twice as many at once as there are cores: a story of the pages waits ten seconds for each decision to take effect, one
// of the router for its database.
const atOnce = 2 * availableParallelism();
const stories = nodeTests('tests/browser', /\.(story|test)\.mjs$/, atOnce);
/** Builds the program exactly as the Rust tests do: another choice of packages would choose other features of
 *  the dependencies and build Typst a second time. The test named is a small one that runs the program. */
const like = (flags) => [cargo, 'test', '--workspace', '--locked', ...flags, '--no-run', '--test', 'place_commands'];
const build = { name: 'Programm bauen', command: like([]), sums: single, needed: true };

/** The crash test. In `make crash` the twin that acknowledges too early is built first and put aside, since both
 *  programs get the same name: killing it shows that the test would find the fault. */
const kills = (number, names, env) => ({
  name: `Absturz, ${number}-mal`,
  command: nodeTests('tests/crash', names),
  env: { KILLS: String(number), ...env },
  sums: nodeSums,
});
const released = join(target, 'release', 'kommunal');
const twin = join(root, 'target', 'twin', 'kommunal');
const crash = [
  {
    name: 'Zwilling bauen, der zu früh bestätigt',
    command: [...like(['--release']), '--features', 'kommunal/sabotage'],
    sums: single,
    needed: true,
    whenBuilt: () => {
      mkdirSync(dirname(twin), { recursive: true });
      copyFileSync(released, twin);
    },
  },
  { name: 'Programm bauen', command: like(['--release']), sums: single, needed: true },
  kills(200, /\.test\.mjs$/, { KOMMUNAL_BIN: released, KOMMUNAL_TWIN: twin }),
];

const parts = {
  test: [
    // One run for both engines: stories run on PostgreSQL too wherever KOMMUNAL_TEST_PG is set. And no test may pass for
    // want of a program: tools/needs.sh has seen to all of them.
    {
      name: 'Rust-Tests, SQLite und PostgreSQL',
      command: ['tests/pg.sh', 'run', cargo, 'test', '--workspace', '--locked', '--no-fail-fast'],
      env: { RUST_TEST_THREADS: String(atOnce), ...inMemory, KOMMUNAL_TEST_ALL: '1' },
      sums: cargoSums,
    },
    build,
    { name: 'Leistungen prüfen', command: [debugBinary, 'check'], sums: single },
    { name: 'Eingebaute Fehler passen', command: nodeTests('tests/sabotage', /\.test\.mjs$/), sums: nodeSums },
    { name: 'Leichte Sprache', command: nodeTests('tools', /\.test\.mjs$/), sums: nodeSums },
    { name: 'Browser', command: stories, env: { ...inMemory, KOMMUNAL_BIN: debugBinary }, sums: nodeSums },
    kills(20, /^crash\.test\.mjs$/, { KOMMUNAL_BIN: debugBinary }),
  ],
  pictures: [
    build,
    { name: 'Bilder der Seiten', command: stories, env: { ...inMemory, KOMMUNAL_BIN: debugBinary, PICTURES: '1' }, sums: nodeSums },
    { name: 'Bilder der Briefe', command: [cargo, 'run', '--locked', '-p', 'letters', '--example', 'pictures', '--', 'target/pictures/letters'], sums: single },
  ],
  crash,
};

if (!parts[what]) {
  console.error(`Unbekannt: ${what}. Möglich sind: ${Object.keys(parts).join(', ')}.`);
  process.exit(2);
}
// Nothing of an earlier run may stand in for a check of this one.
rmSync(join(root, 'target', 'axe-passed'), { recursive: true, force: true });
if (what === 'pictures') rmSync(join(root, 'target', 'pictures'), { recursive: true, force: true });

const all = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const part of parts[what]) {
  console.log(`\n=== ${part.name}: ${part.command.join(' ')}`);
  const start = Date.now();
  const { code, text } = await run(part.command, part.env);
  const sums = part.sums(text, code);
  // A part that stops without naming a failed test (it did not compile, say) has failed all the same,
  // and so has one that ran no test at all.
  if (sums.failed === 0 && (code !== 0 || sums.passed === 0)) sums.failed = 1;
  for (const key of Object.keys(all)) all[key] += sums[key];
  const seconds = Math.round((Date.now() - start) / 1000);
  lines.push(`${part.name}: ${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped (${seconds} s)`);
  if (code === 0) part.whenBuilt?.();
  if (part.needed && code !== 0) break;
}
console.log(`\n${lines.join('\n')}`);
console.log(`${all.passed} passed, ${all.failed} failed`);
process.exit(all.failed === 0 ? 0 : 1);
