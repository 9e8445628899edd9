// Tests of the tests: plants the faults of `faults.mjs` in a copy of the sources, builds the copy once, and shows for
// each fault that the named test fails with it and passes without it. `make sabotage`; needs the server of tests/pg.sh.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faults, places } from './faults.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const target = resolve(root, process.env.CARGO_TARGET_DIR || 'target');
const copy = join(target, 'sabotage', 'src');
// A folder of its own: cargo gives both builds the same names, and one would be taken for the other.
const built = join(target, 'sabotage', 'build');
const cargo = process.env.CARGO || 'cargo';

/** Ends with one sentence: what is wrong and what to do. */
function stop(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** The switch of one fault in Rust. */
const asked = (id) => `std::env::var_os("KOMMUNAL_SABOTAGE").is_some_and(|v| v == "${id}")`;

/** The sources with the faults of each file planted, as the text of that file. */
function planted() {
  const texts = new Map();
  for (const { id, file, find, put } of places(faults)) {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
    const times = text.split(find).length - 1;
    if (times !== 1) stop(`${file}: what „${id}“ replaces stands there ${times} times. Mend "find" in tests/sabotage/faults.mjs.`);
    texts.set(file, text.replace(find, () => put.replaceAll('FAULT', asked(id))));
  }
  return texts;
}

/** Copies the sources; a file that has not changed keeps its time, so that only what did is built again. */
function lay(texts) {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  const files = listed.split('\0').filter((f) => f && existsSync(join(root, f)));
  for (const file of files) {
    const [from, to] = [join(root, file), join(copy, file)];
    if (texts.has(file)) {
      if (existsSync(to) && readFileSync(to, 'utf8') === texts.get(file)) continue;
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, texts.get(file));
    } else if (!existsSync(to) || !readFileSync(to).equals(readFileSync(from))) {
      mkdirSync(dirname(to), { recursive: true });
      cpSync(from, to, { dereference: false });
      const { atime, mtime } = statSync(from);
      utimesSync(to, atime, mtime);
    }
  }
  const modules = join(copy, 'node_modules');
  if (!existsSync(modules)) symlinkSync(join(root, 'node_modules'), modules);
}

/** Builds the copy's tests; the path of each test binary by its name. */
function build() {
  const done = spawnSync(cargo, ['test', '--workspace', '--locked', '--no-run', '--message-format=json-render-diagnostics'], {
    cwd: copy,
    env: { ...process.env, CARGO_TARGET_DIR: built },
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (done.status !== 0) stop('The copy with the planted faults does not build: see above.');
  const binaries = {};
  for (const line of done.stdout.split('\n').filter((l) => l.startsWith('{'))) {
    const { reason, target: made, executable, manifest_path: manifest } = JSON.parse(line);
    if (reason !== 'compiler-artifact' || !executable) continue;
    const unit = made.kind.includes('lib');
    binaries[unit ? `${made.name}-unit` : made.name] = { path: executable, folder: dirname(manifest) };
  }
  return binaries;
}

/** Runs one test; how many passed and failed. */
function test({ path, folder }, name, fault) {
  const env = { ...process.env };
  delete env.KOMMUNAL_SABOTAGE;
  if (fault) env.KOMMUNAL_SABOTAGE = fault;
  const { stdout, status } = spawnSync(path, [name, '--test-threads=2'], { cwd: folder, env, encoding: 'utf8', maxBuffer: 1 << 30 });
  const sums = stdout.match(/^test result: \w+\. (\d+) passed; (\d+) failed/m);
  return { passed: Number(sums?.[1] ?? 0), failed: Number(sums?.[2] ?? (status === 0 ? 0 : 1)), failing: [...stdout.matchAll(/^test (\S+) \.\.\. FAILED/gm)].map((m) => m[1]) };
}

if (!process.env.KOMMUNAL_TEST_PG) stop('There is no PostgreSQL to test with. Call this by „make sabotage“.');

lay(planted());
const binaries = build();
let caught = 0;
const start = Date.now();
for (const [n, { id, what, test: [binary, name] }] of faults.entries()) {
  const which = binaries[binary] ?? stop(`${id}: there is no test binary „${binary}“.`);
  const without = test(which, name);
  const withFault = test(which, name, id);
  const good = without.passed > 0 && without.failed === 0 && withFault.failed > 0;
  caught += good ? 1 : 0;
  const told = good
    ? `caught by ${withFault.failing.join(', ') || name}`
    : without.passed === 0 || without.failed > 0
      ? `NOT SHOWN: without the fault ${name} has ${without.passed} passed, ${without.failed} failed`
      : `NOT CAUGHT by ${name}`;
  console.log(`${String(n + 1).padStart(2)} ${id} (${what}): ${told}`);
}
console.log(`${Math.round((Date.now() - start) / 1000)} s for the tests`);
console.log(`${caught}/${faults.length}`);
process.exit(caught === faults.length ? 0 : 1);
