// Checks the texts in easy language (Leichte Sprache) against the German ones and counts their sentences.
//   node tools/leicht.mjs [--missing] [--hints] [part of a path …]
// A sentence is easy if it has at most 8 words and no subordinate clause; 90 % of them have to be. Labels and list items
// without a full stop count too, and the whole sentences are counted once more by themselves. Every other sentence is
// listed. Keys, types and placeholders have to be those of the German file; a key may be missing (German stands in).
// --missing lists such keys, --hints what easy language avoids besides.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';
import { fault, split } from './sentences.mjs';

const share = 0.9;
const folders = ['services', 'fields', 'texts'];

/** All files in easy language below the root. */
export function files(root) {
  return folders.flatMap((folder) => {
    const dir = join(root, folder);
    if (!existsSync(dir)) return [];
    return readdirSync(dir, { recursive: true })
      .filter((f) => f.endsWith('.de-leicht.toml'))
      .map((f) => `${folder}/${f.replaceAll('\\', '/')}`)
      .sort();
  });
}

/** A list of tables (`[[hilfe]]`) is gone through like a table: its first, second, … are the keys. */
const tables = (value) => Array.isArray(value) && value.length > 0 && value.every((v) => type(v) === 'Tabelle');
const type = (value) => {
  if (Array.isArray(value)) return tables(value) ? 'Tabelle' : 'Liste';
  return { string: 'Text', object: 'Tabelle', number: 'Zahl', boolean: 'Ja oder Nein' }[typeof value] ?? typeof value;
};
const placeholders = (value) => new Set([value].flat().join('\n').match(/\{[^{}]*\}/g) ?? []);

/** Goes through both files at once and notes what differs and each text in easy language. */
export function compare(german, easy, path = '', found = { errors: [], lost: [], missing: [], texts: [] }) {
  for (const [name, value] of Object.entries(easy)) {
    const key = path ? `${path}.${name}` : name;
    if (!Object.hasOwn(german, name)) {
      found.errors.push(`${key}: Diesen Schlüssel hat der deutsche Text nicht`);
      continue;
    }
    const other = german[name];
    if (type(value) !== type(other)) {
      found.errors.push(`${key}: ${type(value)} statt ${type(other)}`);
    } else if (type(value) === 'Tabelle') {
      compare(other, value, key, found);
    } else if (value === '' && other === '') {
      // nothing to say in German either
    } else if ([value].flat().some((v) => typeof v !== 'string' || !v.trim())) {
      found.errors.push(`${key}: ein leerer Text`);
    } else {
      const [own, theirs] = [placeholders(value), placeholders(other)];
      for (const p of own) if (!theirs.has(p)) found.errors.push(`${key}: den Platzhalter ${p} hat der deutsche Text nicht`);
      for (const p of theirs) if (!own.has(p)) found.lost.push(`${key}: ohne den Platzhalter ${p}`);
      for (const text of [value].flat()) found.texts.push({ key, text });
    }
  }
  for (const name of Object.keys(german)) if (!Object.hasOwn(easy, name)) found.missing.push(path ? `${path}.${name}` : name);
  return found;
}

const avoid = [
  ['Konjunktiv', /(?<!\p{L})(würden?|könnten?|sollten?|wären?|hätten?|müssten?|dürften?)(?!\p{L})/iu],
  ['Genitiv', /(?<!\p{L})(des|eines|seines|ihres|unseres)(?!\p{L})/iu],
  ['schweres Wort', /(?<!\p{L})(sowie|mindestens|höchstens|spätestens|beziehungsweise|jeweils|sofern|gegebenenfalls)(?!\p{L})/iu],
  ['Ausrufezeichen', /!/],
];

/** Counts the sentences of texts: all, whole ones (with . ? ! : at the end), and those that are not easy. */
export function count(texts) {
  const sums = { all: 0, easy: 0, whole: 0, easyWhole: 0, exceptions: [], hints: [] };
  for (const { key, text } of texts) {
    for (const sentence of split(text)) {
      const whole = /[.?!:]["“«)]*$/.test(sentence);
      const why = fault(sentence);
      sums.all += 1;
      sums.whole += whole;
      if (why) sums.exceptions.push(`${key}: ${sentence} (${why})`);
      else {
        sums.easy += 1;
        sums.easyWhole += whole;
      }
      for (const [name, words] of avoid) if (words.test(sentence)) sums.hints.push(`${key}: ${sentence} (${name})`);
    }
  }
  return sums;
}

const percent = (part, all) => `${all ? (Math.floor((part / all) * 1000) / 10).toFixed(1).replace('.', ',') : '100,0'} %`;

/** Texts in easy language that stand beside the German ones in one file: `de-leicht` beside `de` in bundles. */
export function beside(table, path = '', texts = []) {
  for (const [name, value] of Object.entries(table)) {
    const key = path ? `${path}.${name}` : name;
    if (name === 'de-leicht') texts.push({ key, text: value });
    else if (value && typeof value === 'object') beside(value, key, texts);
  }
  return texts;
}

/** Checks the files whose path contains one of the words (all without words); returns the exit code. */
export function check(root, { only = [], missing = false, hints = false, say = console.log } = {}) {
  const total = { all: 0, easy: 0, whole: 0, easyWhole: 0 };
  let errors = 0;
  const list = (title, entries) => {
    if (entries.length) say([`  ${title}:`, ...entries.map((e) => `    ${e.replaceAll('\n', ' ')}`)].join('\n'));
  };
  const chosen = files(root).filter((f) => !only.length || only.some((o) => f.includes(o)));
  for (const file of chosen) {
    const german = file.replace(/\.de-leicht\.toml$/, '.de.toml');
    const found = { errors: [], lost: [], missing: [], texts: [] };
    try {
      compare(parse(readFileSync(join(root, german), 'utf8')), parse(readFileSync(join(root, file), 'utf8')), '', found);
    } catch (error) {
      found.errors.push(error.message.split('\n')[0]);
    }
    const sums = count(found.texts);
    for (const key of Object.keys(total)) total[key] += sums[key];
    errors += found.errors.length;
    say(`${file}: ${sums.easy} von ${sums.all} Sätzen leicht (${percent(sums.easy, sums.all)}), ${found.missing.length} Schlüssel auf Deutsch`);
    list('Fehler', found.errors);
    list('Ausnahmen', sums.exceptions);
    list('Platzhalter fehlt, gewollt?', found.lost);
    if (hints) list('Besser vermeiden', sums.hints);
    if (missing) list('Nur auf Deutsch', found.missing);
  }
  for (const name of existsSync(join(root, 'bundles')) ? readdirSync(join(root, 'bundles')).sort() : []) {
    const file = `bundles/${name}`;
    if (!name.endsWith('.toml') || (only.length && !only.some((o) => file.includes(o)))) continue;
    const sums = count(beside(parse(readFileSync(join(root, file), 'utf8'))));
    if (!sums.all) continue;
    chosen.push(file);
    for (const key of Object.keys(total)) total[key] += sums[key];
    say(`${file}: ${sums.easy} von ${sums.all} Sätzen leicht (${percent(sums.easy, sums.all)})`);
    list('Ausnahmen', sums.exceptions);
    if (hints) list('Besser vermeiden', sums.hints);
  }
  say(`Leichte Sprache: ${total.easy} von ${total.all} Sätzen leicht (${percent(total.easy, total.all)}); ganze Sätze: ${total.easyWhole} von ${total.whole} (${percent(total.easyWhole, total.whole)}); Fehler: ${errors}`);
  const enough = total.easy >= share * total.all && total.easyWhole >= share * total.whole;
  return chosen.length && enough && !errors ? 0 : 1;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const given = process.argv.slice(2);
  const only = given.filter((a) => !a.startsWith('--'));
  const root = fileURLToPath(new URL('..', import.meta.url));
  process.exit(check(root, { only, missing: given.includes('--missing'), hints: given.includes('--hints') }));
}
