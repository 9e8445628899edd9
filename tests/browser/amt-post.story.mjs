// What leaves the desk and what comes in: an application typed in from paper, a letter to print, a bill
// with reminder, payment and deposit, and a case that belongs to another authority.
import assert from 'node:assert/strict';
import { fire, hall } from '../lib/samples.mjs';
import { answerAll, approve, district, errors, krell, logIn, openAtDesk, openCase, sendIn } from './lib/people.mjs';
import { desk, long, story } from './lib/story.mjs';

story('amt-post', 'Papier, Briefe, Zahlungen, Abgabe', post, { only: long(desk) });

async function post(walk) {
  const clerk = await walk.person('amt');
  await logIn(clerk, krell);
  const room = await sendIn(walk, 'raumnutzung', hall(walk.n));
  await openAtDesk(clerk, room.reference);
  await approve(clerk);
  const onPaper = await enter(walk, clerk);
  await clerk.visit('/amt/eingang', 'eingang');
  await openAtDesk(clerk, onPaper);
  await clerk.reads(/eingegangen \d\d\.\d\d\.\d{4}, Papier/);
  await approve(clerk);
  await handOver(walk, clerk);
  await print(clerk, onPaper);
  await pay(clerk, room.reference);
}

/** Types in an application that came on paper and asks for its answer by post; returns its reference. */
async function enter(walk, clerk) {
  const { page } = clerk;
  const answers = { ...fire(walk.n + 4), delivery: { electronic: false } };
  await clerk.visit('/amt/eingang', 'eingang');
  await clerk.follow('Antrag erfassen', 'erfassen');
  await clerk.fill({ 'Tag des Eingangs': 'übermorgen' });
  await clerk.press('Formular öffnen', 'erfassen-fehler');
  assert.match(await errors(clerk), /Wählen Sie den Ort.*Wählen Sie die Leistung.*Tag des Eingangs/);
  await page.getByLabel('Ort', { exact: true }).selectOption({ label: 'Nobitz' });
  await page.getByLabel('Brauchtumsfeuer', { exact: true }).check();
  const today = new Date().toLocaleDateString('de-DE', { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'Europe/Berlin' });
  await clerk.fill({ 'Tag des Eingangs': today });
  await clerk.press('Formular öffnen', 'frage');
  await answerAll(clerk, answers);
  await clerk.press('Vorgang anlegen', 'erfasst');
  const text = await page.locator('main').innerText();
  const [reference] = text.match(/NOB-FEUER-\d\d-[0-9A-Z]{4}-[0-9A-Z]/) ?? [];
  assert.ok(reference, `kein Aktenzeichen: ${text}`);
  return reference;
}

/** A fire that burns elsewhere: it goes to the district, with the reason, and the club sees it. */
async function handOver(walk, clerk) {
  const { page } = clerk;
  const sent = await sendIn(walk, 'brauchtumsfeuer', fire(walk.n + 8));
  await clerk.visit('/amt/eingang', 'eingang');
  await openAtDesk(clerk, sent.reference);
  await clerk.follow('An ein anderes Amt abgeben', 'abgeben');
  await clerk.press('Vorgang abgeben', 'abgeben-leer');
  assert.match(await errors(clerk), /Wählen Sie das Amt.*Schreiben Sie, warum/);
  await clerk.fill({ 'Amt suchen': 'Altenburgr' });
  await clerk.press('Suchen', 'abgeben-gesucht');
  await page.getByLabel('Landratsamt Altenburger Land', { exact: true }).check();
  await clerk.fill({ 'Warum?': 'Das Feuer brennt auf dem Gelände des Landkreises.' });
  await clerk.press('Vorgang abgeben', 'abgegeben');
  await clerk.reads('abgegeben');

  // The club reads on its old page where to go on: a new reference and a new code.
  const club = await walk.person('verein');
  await openCase(club, sent);
  await club.reads('An ein anderes Amt abgegeben', 'Landratsamt Altenburger Land');
  const onward = club.page.getByRole('region', { name: 'Ihr Vorgang geht woanders weiter' });
  await eventually(club, () => onward.count());
  await club.see('status-neu');
  const [reference, code] = (await onward.locator('dd').allInnerTexts()).map((t) => t.trim());
  const moved = { reference, code };
  await club.follow('Neuen Vorgang öffnen', 'status-woanders');
  await openCase(club, moved);
  await club.reads(moved.reference, 'Landratsamt Altenburger Land, Untere Gewerbebehörde');

  const there = await walk.person('landkreis');
  await logIn(there, district);
  await openAtDesk(there, moved.reference);
  await there.reads('Übernommen von: Gemeinde Nobitz', 'Festverein Lindenhof e. V.');
}

/** Reloads until there is what is looked for: jobs run a moment later, letters leave after ten seconds. */
async function eventually({ page }, look) {
  for (let n = 0; n < 30; n += 1) {
    const found = await look();
    if (found) return found;
    await page.waitForTimeout(1000);
    await page.reload();
  }
  throw new Error(`nach 30 Sekunden nicht da: ${page.url()}`);
}

async function awaitRow(clerk, path, reference) {
  const row = clerk.page.locator('tbody tr', { hasText: reference });
  await clerk.page.goto(path);
  await eventually(clerk, () => row.count());
  return row;
}

async function print(clerk, reference) {
  const row = await awaitRow(clerk, '/amt/briefe', reference);
  await clerk.see('briefe');
  assert.match(await row.innerText(), /Abruf nicht vereinbart/);
  const letter = await clerk.readPdf(row.getByRole('link', { name: /als PDF/ }), 'zu-drucken');
  assert.ok(letter.includes(reference) && letter.includes('Lindenhof 3'), letter);
  await clerk.press(row.getByRole('button', { name: /Gedruckt und zur Post/ }), 'gedruckt');
  await clerk.reads('Der Brief ist zur Post gegeben.', /zur Post am \d\d\.\d\d\.\d{4}/);
}

async function pay(clerk, reference) {
  const row = await awaitRow(clerk, '/amt/zahlungen', reference);
  await clerk.see('zahlungen');
  assert.match(await row.innerText(), /davon Kaution 150,00\s€/);
  // Nobody is reminded of what is not due yet.
  assert.equal(await row.getByRole('button', { name: /^Erinnern/ }).count(), 0);
  await clerk.press(row.getByRole('button', { name: /^Ist bezahlt/ }), 'bezahlt');
  await clerk.reads('Die Zahlung ist eingetragen.');
  await clerk.visit('/amt/eingang?ansicht=alle', 'alle');
  await openAtDesk(clerk, reference);
  await clerk.reads(/bezahlt am \d\d\.\d\d\.\d{4}/);
  // The deposit stays until the event is over; what was entered for the wrong club is taken back.
  assert.equal(await clerk.page.getByRole('button', { name: 'Kaution ist zurückgezahlt' }).count(), 0);
  await clerk.press('Doch nicht bezahlt', 'doch-nicht');
  await clerk.reads('Der Eintrag ist zurückgenommen.', 'Eintrag zur Zahlung zurückgenommen');
  await clerk.press('Ist bezahlt', 'wieder-bezahlt');
  await clerk.reads(/bezahlt am \d\d\.\d\d\.\d{4}/);
}
