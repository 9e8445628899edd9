// Asking back: the desk ticks answers and gives reasons, the club sees only these and answers, the desk
// sees what changed and its period runs again. Then the two ways back: the club withdraws, and the desk
// takes a decision back within its ten seconds.
import assert from 'node:assert/strict';
import { fire } from '../lib/samples.mjs';
import { approve, errors, krell, logIn, openAtDesk, openCase, sendIn } from './lib/people.mjs';
import { fold, crosswise, story } from './lib/story.mjs';

const why = { helpers: 'Wir brauchen eine dritte Person, die am Feuer bleibt.', height: 'Im Plan stehen 2 m, im Antrag 3 m.' };

/** Ticks an answer and writes its reason, as far as it is given. */
async function tick({ page }, label, reason) {
  const row = page.locator('.kc-ticks > li').filter({ has: page.getByText(label, { exact: true }) });
  const folded = page.locator('details.kc-fold:not([open])', { has: row });
  if (await folded.count()) await folded.locator('summary').click();
  await row.getByRole('checkbox').check();
  if (reason) await row.locator('textarea').fill(reason);
}

story('rueckfrage', 'Nachfragen, ergänzen, zurückziehen, zurückholen', askBack, { only: crosswise });

async function askBack(walk) {
  const answers = fire(walk.n);
  const sent = await sendIn(walk, 'brauchtumsfeuer', answers);
  const clerk = await walk.person('amt');
  await logIn(clerk, krell);
  await openAtDesk(clerk, sent.reference);
  await clerk.follow(clerk.page.locator('[data-key="r"]'), 'rueckfrage');

  // Nothing ticked, then a tick without a reason: each says what is missing and keeps what is there.
  const send = clerk.page.getByRole('button', { name: 'Rückfrage senden' });
  await clerk.press(send, 'rueckfrage-leer');
  assert.match(await errors(clerk), /mindestens eine Angabe/);
  await tick(clerk, 'Aufsicht', why.helpers);
  await tick(clerk, 'Höhe');
  await clerk.press(send, 'rueckfrage-ohne-grund');
  assert.match(await errors(clerk), /Höhe.*einen Grund/);
  assert.equal(await clerk.page.locator('#grund-helpers').inputValue(), why.helpers);
  await tick(clerk, 'Höhe', why.height);
  await clerk.fill({ 'andere Unterlage': true, 'Welche andere? freiwillig': 'Foto vom Platz' });
  await clerk.see('rueckfrage-gefuellt');
  if (walk.way.scripts) await clerk.reads('So liest man es', why.height, '2 ausgewählt');
  await clerk.press(send, 'rueckfrage-gesendet');
  await clerk.reads('Ihre Frist ruht bis zur Antwort', /Antwort bis \d\d\.\d\d\.\d{4}, Ihre Frist ruht/, `nachgefragt: ${why.height}`);
  assert.equal(await clerk.page.locator('[data-key="r"]').count(), 0, 'eine zweite Rückfrage, bevor geantwortet ist');

  const club = await walk.person('verein');
  await openCase(club, sent);
  await club.reads('Eine Rückfrage an Sie', why.helpers, why.height, 'Foto vom Platz', /Bitte antworten Sie bis/);
  await club.follow('Angaben ergänzen', 'ergaenzen');
  const { page } = club;
  assert.equal(await page.locator('.kc-ask__why').count(), 2, 'zu jeder Angabe ihr Grund');
  const shown = await page.locator('form [name]:not([type=hidden])').evaluateAll((all) => [...new Set(all.map((e) => e.name.split('.').slice(0, 2).join('.')))]);
  assert.deepEqual(shown.filter((n) => !/^(helpers|fire\.height|unterlage\.0|spaeter\.unterlage|_)/.test(n)), [], 'nur was gefragt ist');
  assert.equal(await page.locator('[name="fire.height"]').inputValue(), '3');

  // One more entry is no answer yet, and neither is one less.
  await club.press(/^Noch eine Person/, 'ergaenzen-mehr');
  assert.equal(await page.locator('[name="helpers.2.name"]').count(), 1, 'kein dritter Eintrag');
  await page.locator('[name="helpers.2.name"]').fill('Zu viel');
  await club.press(/^(Aufsicht|Person) 3 entfernen/, 'ergaenzen-weniger');
  assert.equal(await page.locator('[name="helpers.2.name"]').count(), 0, 'der dritte Eintrag ist noch da');
  assert.equal(new URL(page.url()).pathname, `/v/${sent.reference}/ergaenzen`);

  // An impossible height is refused beside its field; the rest of the answer stays.
  await page.locator('[name="_text"]').fill('Danke für den Hinweis.');
  await page.locator('[name="fire.height"]').fill('9');
  await club.press('Angaben senden', 'ergaenzen-fehler');
  assert.equal(await page.locator('[name="fire.height"]').getAttribute('aria-invalid'), 'true');
  assert.equal(await page.locator('[name="_text"]').inputValue(), 'Danke für den Hinweis.');
  await page.locator('[name="fire.height"]').fill('2');
  await page.locator('[name="helpers.1.name"]').fill('Paul Neu');
  await page.locator('[name="unterlage.0"]').setInputFiles({ name: 'platz.png', mimeType: 'image/png', buffer: png });
  await club.press('Angaben senden', 'geantwortet');
  await club.reads('Ihre Antwort ist beim Amt.');
  assert.equal(await page.getByRole('heading', { name: 'Eine Rückfrage an Sie' }).count(), 0);
  await club.follow('Alle Angaben ansehen', 'angaben');
  await club.reads('Paul Neu');

  // The desk: changed answers are marked, with what stood there; the paper is there; the period runs.
  await clerk.visit('/amt/eingang', 'eingang');
  await openAtDesk(clerk, sent.reference);
  const marked = clerk.page.locator('.kc-dense .is-mark');
  const lines = (await marked.allInnerTexts()).map(fold);
  assert.ok(lines.some((l) => /Höhe 2 m geändert am .*, vorher: [\d,]+ m/.test(l)), `Höhe nicht markiert: ${lines.join(' | ')}`);
  assert.ok(lines.some((l) => l.includes('Paul Neu')), `Aufsicht nicht markiert: ${lines.join(' | ')}`);
  await clerk.reads('Foto vom Platz', 'Danke für den Hinweis.', /Entscheiden bis \d\d\.\d\d\.\d{4}/);
  const text = fold(await clerk.page.locator('body').innerText());
  assert.ok(!text.includes('Ihre Frist ruht'), 'die Frist ruht noch nach der Antwort');

  // A yes, taken back: no letter went, the case is open again.
  await approve(clerk);
  await clerk.reads('Zurückholen');
  await clerk.press('Zurückholen', 'zurueckgeholt');
  await clerk.reads('Zurückgeholt. Es ging kein Brief hinaus.', 'Rückfrage stellen');
  await club.visit(`/v/${sent.reference}`, 'status-offen');
  await club.follow('Wer hat meine Angaben gelesen?', 'gelesen');
  await club.reads('Sachbearbeitung', 'alle Angaben');
  await club.visit(`/v/${sent.reference}`, 'status-offen-wieder');
  assert.equal(await page.getByRole('link', { name: 'Brief laden (PDF)' }).count(), 0);

  // Messages, also an empty one; then the club withdraws.
  await club.press('Nachricht senden', 'nachricht-leer');
  await club.reads('Schreiben Sie Ihre Nachricht in das Feld.');
  await club.fill({ 'Ihre Nachricht': 'Das Fest fällt aus.' });
  await club.press('Nachricht senden', 'nachricht');
  await club.reads('Ihre Nachricht ist beim Amt.');
  await club.follow('Anzeige zurückziehen', 'zurueckziehen');
  await club.fill({ 'Grund freiwillig': 'Zu viel Wind.' });
  await club.press('Ja, zurückziehen', 'zurueckgezogen');
  await club.reads('Ihr Vorgang ist zurückgezogen.', 'Zurückgezogen');
  assert.equal(await page.getByRole('link', { name: 'Anzeige zurückziehen' }).count(), 0);
  await clerk.visit('/amt/eingang?ansicht=alle', 'eingang-alle');
  await openAtDesk(clerk, sent.reference);
  await clerk.reads('Zurückgezogen', 'Zu viel Wind.', 'Das Fest fällt aus.');
  assert.equal(await clerk.page.locator('.kc-actionbar').count(), 0, 'Knöpfe an einem beendeten Vorgang');

  // Closed: the status page asks for the code again.
  await club.press('Auf diesem Gerät abmelden', 'geschlossen');
  await club.visit(`/v/${sent.reference}`, 'verlangt-code');
  await club.fill({ Zugangscode: 'AAAA BBBB CCCC' });
  await club.press('Vorgang öffnen', 'falscher-code');
  assert.ok((await errors(club)).length > 10);
}

/** A picture of one pixel. */
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
