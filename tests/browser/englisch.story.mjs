// The public walk in English, from the switch of the language to the status page. On a page that says it is
// English no German word may be left, except in names, in what the club typed and where `lang` says German.
import assert from 'node:assert/strict';
import { fire } from '../lib/samples.mjs';
import { fillPage } from './lib/answers.mjs';
import { approve, krell, logIn, openAtDesk } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

/** Words that no English sentence has. Names of offices, laws and places have none of them. */
const german = /\b(und|oder|nicht|bitte|Ihre?[mnrs]?|Sie|wir|uns|eine?[mnrs]?|der|dem|den|des|das|ist|sind|wird|werden|keine?|mit|auf|nach|über|unter|wenn|weiter|zurück|Antrag|Anträge|Anzeige|Angaben?|Frist|Vorgang|Amt|Rathaus|Gemeinde entscheidet|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|geschlossen|kostenfrei|Uhr|Tage?|Wochen|Kosten|freiwillig|Fehler|Seite|dann|erst|allen|hängt|vom|zum|zur)\b/gi;

/** Offices that keep their name. */
const names = ['Thüringer Landesbeauftragter für Menschen mit Behinderungen', 'Thüringer Landesbeauftragter für den Datenschutz und die Informationsfreiheit'];

story('englisch', 'Everything public in English', english, { only: long(crosswise) });

/** The page's words as a person sees and hears them, without names, typed values and marked German. */
async function leftovers(page, typed) {
  assert.equal(await page.locator('html').getAttribute('lang'), 'en', `${page.url()} ist nicht englisch`);
  const texts = await page.evaluate(() => {
    const out = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.parentElement;
      if (at.closest('[lang="de"], script, style, noscript, textarea, .kc-brand, .kern-kopfzeile__label')) continue;
      if (node.data.trim()) out.push(node.data.trim());
    }
    for (const e of document.querySelectorAll('[aria-label], [placeholder], [alt], [title]')) {
      if (e.closest('[lang="de"]')) continue;
      for (const name of ['aria-label', 'placeholder', 'alt', 'title']) if (e.getAttribute(name)) out.push(e.getAttribute(name));
    }
    return out;
  });
  const found = [];
  for (const text of texts) {
    const own = typed.reduce((t, value) => t.replaceAll(value, ' '), text.replace(/[\u00ad]/g, '').replace(/\s+/g, ' '));
    // Laws and offices keep their names: "§ 12 Abs. 2 ThürWaldG", "(Ordnungsamt)", “der ganze Ort”.
    const words = own.replace(/\([^)]*\)/g, ' ').replace(/[„“][^“”]*[“”]/g, ' ').match(german);
    if (words) found.push(`${[...new Set(words)].join(', ')} in „${text.slice(0, 160)}“`);
  }
  return found;
}

/** Every text in the answers: what the club typed stays as it is. */
const strings = (value) => (typeof value === 'string' ? [value] : value && typeof value === 'object' ? Object.values(value).flatMap(strings) : []);

async function english(walk) {
  const answers = fire(walk.n);
  const typed = [...strings(answers), ...names];
  const left = [];
  const club = await walk.person('club');
  const reads = async (name) => {
    for (const found of await leftovers(club.page, typed)) left.push(`${name}, ${new URL(club.page.url()).pathname}: ${found}`);
  };
  /** Presses or follows, and reads the page that comes. */
  const then = async (way, what, name) => {
    await club[way](what, name);
    await reads(name);
  };

  await club.visit('/', 'start');
  await then('follow', club.page.locator('a[hreflang="en"]:visible').first(), 'start-en');
  await club.page.getByLabel('In which place?').fill('Nobitz');
  await then('press', 'Search', 'search');
  await then('follow', /^Nobitz/, 'place');
  for (const name of ['hilfe', 'barrierefreiheit', 'datenschutz', 'impressum', 'barriere-melden']) await then('visit', `/nobitz/${name}`, name);
  for (const path of ['/karte', '/weiter', '/stand', '/suche?q=Xyzzyhausen']) await then('visit', path, path.slice(1, 6));
  await club.visit('/nobiz', 'unknown', 404);
  await reads('unknown');
  for (const service of ['raumnutzung', 'sperrzeit', 'veranstaltungsanzeige', 'brauchtumsfeuer']) await then('visit', `/nobitz/${service}`, service);

  await then('follow', 'Start the notice', 'question-1');
  await then('press', 'Next', 'question-errors');
  for (let n = 2; (await club.page.locator('h1').innerText()) !== 'Is everything right?'; n += 1) {
    assert.ok(n < 30, 'no end of questions');
    await fillPage(club.page, answers);
    await then('press', 'Next', `question-${n}`);
  }
  await then('press', 'Send the notice', 'receipt');
  const reference = (await club.page.locator('[data-reference]').innerText()).trim();
  await then('follow', 'See the status', 'status');
  await then('follow', 'See all details', 'details');
  await then('visit', `/v/${reference}/zurueckziehen`, 'withdraw');

  const clerk = await walk.person('amt');
  await logIn(clerk, krell);
  await openAtDesk(clerk, reference);
  await approve(clerk);
  const ready = club.page.getByRole('link', { name: /^Download the letter/ });
  for (let n = 0; n < 30 && !(await ready.count()); n += 1) {
    await club.page.waitForTimeout(1000);
    await club.page.goto(`/v/${reference}`);
  }
  await then('visit', `/v/${reference}`, 'status-decided');
  assert.ok(await ready.count(), 'no decision after 30 seconds');
  assert.deepEqual([...new Set(left)], [], 'deutsche Wörter auf englischen Seiten');
}
