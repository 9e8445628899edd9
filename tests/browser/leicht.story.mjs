// The way of an application in Leichte Sprache, from the start page to the status. Where a text is there in easy words, the
// German one is on no page; every sentence has its line, denials stand out, and pictures stand beside questions.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { root } from '../lib/server.mjs';
import { fire } from '../lib/samples.mjs';
import { fillPage } from './lib/answers.mjs';
import { crosswise, long, story } from './lib/story.mjs';

story('leicht', 'Die Antragstellung in Leichter Sprache', easy, { only: long(crosswise) });

const plain = (text) => text.replace(/[\u00a0\s]+/g, ' ');
const read = (path) => parse(readFileSync(join(root, path), 'utf8'));
const strings = (table, path = '') =>
  Object.entries(table).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value]]
    : Array.isArray(value) ? value.filter((v) => typeof v === 'string').map((v, n) => [`${path}${key}.${n}`, v])
    : strings(value, `${path}${key}.`));

/** German sentences that have an easy text: none may show. Short words and sentences with gaps are left out, and what is
 *  the same text elsewhere in easy words. */
function replaced() {
  const files = ['texts/ui', 'services/brauchtumsfeuer/texts', 'fields/texts'];
  const all = files.map((f) => ({ german: strings(read(`${f}.de.toml`)), easy: new Map(strings(read(`${f}.de-leicht.toml`))) }));
  const kept = new Set(all.flatMap(({ german, easy }) => [...easy.values(), ...german.filter(([key]) => !easy.has(key)).map(([, text]) => text)]));
  const texts = all.flatMap(({ german, easy }) => german.filter(([key, text]) => easy.has(key)).map(([, text]) => text));
  const same = [...kept].map(plain);
  return [...new Set(texts.map(plain))].filter((t) => t.length > 24 && !t.includes('{') && !same.some((k) => k.includes(t)));
}

async function easy(walk) {
  const answers = fire(walk.n);
  const old = replaced();
  assert.ok(old.length > 150, `nur ${old.length} deutsche Sätze zum Vergleichen`);
  const left = [];
  const person = await walk.person('person');
  const { page } = person;
  const reads = async (name) => {
    assert.equal(await page.locator('html').getAttribute('lang'), 'de-simple', `${page.url()} ist nicht in Leichter Sprache`);
    const html = await page.content();
    assert.doesNotMatch(html, /[\u2028\u2063]/, `${page.url()}: Zeichen der Texte auf der Seite`);
    const seen = plain(`${await page.title()} ${await page.locator('body').innerText()}`);
    for (const text of old) if (seen.includes(text)) left.push(`${name}: ${text}`);
  };
  const then = async (way, what, name) => {
    await person[way](what, name);
    await reads(name);
  };
  const next = () => page.locator('form[data-form] .kc-buttons button.kern-btn--primary');

  await person.visit('/', 'start');
  await then('follow', page.locator('a[hreflang="de-simple"]:visible').first(), 'start-leicht');
  await page.getByLabel('In welchem Ort?').fill('Nobitz');
  await then('press', 'Suchen', 'suche');
  await then('follow', /^Nobitz/, 'ort');
  await then('follow', /^Brauchtums-Feuer/, 'leistung');
  assert.ok((await page.locator('.kc-ls__row .kc-ls__pic[aria-hidden="true"] svg').count()) >= 6, 'Bilder auf der Seite der Leistung');
  assert.ok((await page.locator('main b').filter({ hasText: /^kein$/ }).count()) > 0, '„kein“ ist fett');
  assert.ok((await page.locator('main p', { hasText: 'Garten-Abfälle dürfen Sie nicht verbrennen.' }).locator('b', { hasText: /^nicht$/ }).count()) > 0, '„nicht“ auch');

  await then('follow', page.locator('main .kc-buttons a.kern-btn--primary').first(), 'frage-1');
  await then('press', next(), 'frage-fehler');
  let pictures = 0;
  for (let n = 2; !/pruefen$/.test(new URL(page.url()).pathname); n += 1) {
    assert.ok(n < 30, 'kein Ende der Fragen');
    pictures += await page.locator('form .kc-ls__pic svg').count();
    await fillPage(page, answers);
    await then('press', next(), `frage-${n}`);
  }
  assert.ok(pictures > 15, `${pictures} Bilder neben den Fragen`);
  await then('press', page.locator('main form .kc-panel button.kern-btn--primary'), 'empfang');
  const reference = (await page.locator('[data-reference]').innerText()).trim();
  await then('visit', `/v/${reference}`, 'stand');
  for (const [path, name] of [['angaben', 'angaben'], ['gelesen', 'gelesen'], ['daten', 'daten'], ['zurueckziehen', 'zurueckziehen']]) await then('visit', `/v/${reference}/${path}`, name);
  for (const path of ['hilfe', 'barrierefreiheit', 'datenschutz', 'raeume', 'raumnutzung', 'sperrzeit', 'veranstaltungsanzeige']) await then('visit', `/nobitz/${path}`, path);
  // And back, on the page where one is.
  await person.follow(page.locator('a[hreflang="de"]:visible').first(), 'deutsch');
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  assert.deepEqual([...new Set(left)], [], 'deutsche Sätze, die es in Leichter Sprache gibt');
}
