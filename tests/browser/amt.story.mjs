// A day at the desk: logging in, the list with its views, filters, search and keys, who works on what,
// notes, the list as a file, the own account, logging out.
import assert from 'node:assert/strict';
import { fire, hall } from '../lib/samples.mjs';
import { errors, krell, logIn, openAtDesk, password, sendIn } from './lib/people.mjs';
import { desk, long, fold, story } from './lib/story.mjs';

const vogel = 'm.vogel@nobitz.example';

story('amt', 'Ein Tag am Schreibtisch', day, { only: long(desk) });

const views = ({ page }) => page.locator('.kc-views .kc-chip');
const row = ({ page }, text) => page.locator('[data-row]', { hasText: text });

async function day(walk) {
  const first = await sendIn(walk, 'brauchtumsfeuer', fire(walk.n));
  const second = await sendIn(walk, 'raumnutzung', hall(walk.n));
  const clerk = await walk.person('amt');
  await wrongLogIns(clerk);
  await list(clerk, first.reference, second.reference);
  if (walk.way.scripts) await keyboard(clerk, first.reference);
  await work(walk, clerk, first.reference);
  await account(clerk);
}

async function wrongLogIns(clerk) {
  const { page } = clerk;
  await clerk.visit('/amt/eingang', 'anmelden');
  await clerk.reads('Anmelden zur Sachbearbeitung', 'Bitte melden Sie sich neu an.');
  await clerk.press('Anmelden', 'anmelden-leer');
  assert.match(await errors(clerk), /Nennen Sie Ihre dienstliche E-Mail.*Geben Sie Ihr Passwort ein/);
  await clerk.fill({ 'Dienstliche E-Mail': krell, Passwort: 'nicht-mein-Passwort' });
  await clerk.press('Anmelden', 'anmelden-falsch');
  assert.match(await errors(clerk), /E-Mail und Passwort passen nicht zusammen/);
  assert.equal(await page.getByLabel('Dienstliche E-Mail').inputValue(), krell);
  assert.equal(await page.getByLabel('Passwort').inputValue(), '', 'das Passwort steht noch da');
  await clerk.fill({ Passwort: password });
  await clerk.press('Anmelden', 'eingang');
  assert.equal(new URL(page.url()).pathname, '/amt/eingang');
}

async function list(clerk, feuer, raum) {
  const { page } = clerk;
  const hrefs = await views(clerk).evaluateAll((all) => all.map((a) => [a.textContent, a.href]));
  assert.ok(hrefs.length >= 8, `Ansichten: ${hrefs.map((h) => h[0]).join(', ')}`);
  for (const [label, href] of hrefs) {
    await page.goto(href);
    const wanted = Number(label.match(/\d+$/)[0]);
    const shown = await page.locator('[data-row]').count();
    assert.equal(shown, Math.min(wanted, 50), `${label}: ${shown} Zeilen`);
    assert.equal(await page.locator('.kc-views [aria-current]').count(), 1, label);
  }
  await clerk.see('ansicht');
  await clerk.visit('/amt/eingang?ansicht=meine', 'ansicht-meine');

  // Only halls: the fire is gone, and the way back is one link.
  await clerk.visit('/amt/eingang', 'eingang');
  const filter = page.getByRole('link', { name: 'Filtern' });
  if (await filter.isVisible()) await clerk.follow(filter, 'filtern');
  await page.getByLabel('Leistung', { exact: true }).selectOption({ value: 'raumnutzung' });
  await clerk.press('Suchen', 'gefiltert');
  assert.ok((await row(clerk, raum).count()) && !(await row(clerk, feuer).count()), 'der Filter wirkt nicht');
  await clerk.follow('Alles zeigen', 'alles');
  assert.ok(await row(clerk, feuer).count());

  // A slip of the finger finds the club, and nonsense says so.
  await page.getByLabel(/^Suche/).fill('Lindnhof');
  await clerk.press('Suchen', 'vertippt');
  await clerk.reads('Kein Vorgang mit „Lindnhof“.');
  assert.ok(await row(clerk, 'Lindenhof').count(), 'der Tippfehler findet den Verein nicht');
  await page.getByLabel(/^Suche/).fill('Qwrtzpsdf');
  await clerk.press('Suchen', 'nichts-gefunden');
  await clerk.reads('Qwrtzpsdf');
  assert.equal(await page.locator('[data-row]').count(), 0);

  // The list as a file, for a spreadsheet.
  await clerk.visit('/amt/eingang', 'eingang');
  const csv = await page.getByRole('link', { name: 'Liste als CSV' }).getAttribute('href');
  const answer = await clerk.context.request.get(new URL(csv, page.url()).href);
  assert.match(answer.headers()['content-type'], /^text\/csv/);
  const lines = (await answer.body()).toString('utf8').split('\r\n');
  assert.match(lines[0], /^\ufeffAktenzeichen;Leistung;/);
  for (const reference of [feuer, raum]) assert.ok(lines.some((l) => l.startsWith(`${reference};`)), `${reference} fehlt in der CSV`);
}

async function keyboard(clerk, feuer) {
  const { page } = clerk;
  const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const chosen = () => page.locator('tr.is-focus').getAttribute('data-row');
  await clerk.visit('/amt/eingang', 'tasten');
  await press('?');
  const help = page.getByRole('dialog', { name: 'Tastenkürzel' });
  await help.waitFor();
  await clerk.see('kuerzel-fenster');
  await press('Escape');
  await help.waitFor({ state: 'hidden' });

  await press('j');
  const one = await chosen();
  await press('j');
  assert.notEqual(await chosen(), one, 'J geht nicht weiter');
  await press('k');
  assert.equal(await chosen(), one, 'K geht nicht zurück');
  await press('x');
  assert.ok(await page.locator('tr.is-focus [data-select]').isChecked(), 'X wählt nicht aus');
  await press('x', '/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'q', '/ führt nicht in die Suche');
  await page.keyboard.type('jkx');
  assert.equal(await page.getByLabel(/^Suche/).inputValue(), 'jkx', 'beim Schreiben wirken Kürzel');
  await page.getByLabel(/^Suche/).fill(feuer);
  await clerk.leave(() => press('Enter'));
  await press('j');
  await clerk.leave(() => press('Enter'));
  await clerk.reads(feuer, 'Automatische Prüfung');
  await press('n');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'notiz', 'N führt nicht zur Notiz');
  await press('Escape');
  await clerk.leave(() => press('r'));
  await clerk.reads('Rückfrage stellen');
  await clerk.leave(() => press('Escape'));
  await clerk.leave(() => press('Escape'));
  assert.equal(new URL(page.url()).pathname, '/amt/eingang', 'Esc führt nicht zur Liste');
  await clerk.leave(() => press('g', 'b'));
  assert.equal(new URL(page.url()).pathname, '/amt/briefe');
  await clerk.leave(() => press('g', 'e'));
  assert.equal(new URL(page.url()).pathname, '/amt/eingang');
}

async function work(walk, clerk, reference) {
  const { page } = clerk;
  await clerk.visit('/amt/eingang', 'eingang');
  await openAtDesk(clerk, reference);
  await clerk.press('Mir zuweisen', 'zugewiesen');
  await clerk.reads('Der Vorgang ist zugewiesen.', 'S. Krell');
  await clerk.press('Notiz speichern', 'notiz-leer');
  await clerk.reads('Schreiben Sie zuerst etwas in die Notiz.');
  await clerk.fill({ 'Neue Notiz': 'Mit dem Wehrführer gesprochen.' });
  await clerk.press('Notiz speichern', 'notiz');
  await clerk.reads('Die Notiz steht im Verlauf.', 'Mit dem Wehrführer gesprochen.');
  const [path] = page.url().split('?');

  // A colleague stands in; then it is free again, and goes to somebody by name.
  const other = await walk.person('vertretung');
  await logIn(other, vogel);
  await other.visit(path, 'vorgang-fremd');
  await other.press('Vertreten', 'vertreten');
  await other.reads('Sie vertreten jetzt.', 'Vertretung für S. Krell', 'M. Vogel');
  await other.press('Freigeben', 'frei');
  await other.reads('noch frei');
  await other.page.getByLabel('Jemandem zuweisen').selectOption({ label: 'S. Krell' });
  await other.press('Zuweisen', 'jemandem');
  await other.visit(`/amt/eingang?ansicht=alle&q=${reference}`, 'jemandem-liste');
  assert.match(await row(other, reference).innerText(), /S\. Krell/);

  // The note is for the office only.
  await clerk.visit(path, 'vorgang');
  await clerk.follow(page.getByRole('link', { name: 'Auf Wunsch zurückziehen' }), 'wunsch');
  await clerk.press('Vorgang zurückziehen', 'wunsch-leer');
  assert.match(await errors(clerk), /wer wann darum gebeten hat/);
  await clerk.follow('Abbrechen', 'vorgang');
}

async function account(clerk) {
  const { page } = clerk;
  await clerk.follow(page.locator('.kc-deskuser'), 'konto');
  const digest = page.getByLabel(/^Jeden Morgen eine Mail/);
  const before = await digest.isChecked();
  await digest.setChecked(!before);
  await clerk.press('Einstellungen speichern', 'konto-gespeichert');
  await clerk.reads('Gespeichert.');
  assert.equal(await digest.isChecked(), !before);
  await digest.setChecked(before);
  await page.getByLabel('Einzelne Buchstaben lösen etwas aus').uncheck();
  await clerk.press('Einstellungen speichern', 'ohne-kuerzel');
  await clerk.follow('Alle Kürzel', 'kuerzel');
  await clerk.reads('Sie sind für Ihr Konto abgeschaltet.');
  await clerk.visit('/amt/konto', 'konto');
  await page.getByLabel('Einzelne Buchstaben lösen etwas aus').check();
  await clerk.press('Einstellungen speichern', 'mit-kuerzel');

  await clerk.press('Passwort ändern', 'passwort-leer');
  assert.match(await errors(clerk), /jetziges Passwort.*neues Passwort/);
  await clerk.fill({ 'Jetziges Passwort': 'falsch', 'Neues Passwort': 'kurz' });
  await clerk.press('Passwort ändern', 'passwort-kurz');
  assert.match(await errors(clerk), /4 Zeichen sind zu wenig/);
  await clerk.fill({ 'Jetziges Passwort': 'falsch-falsch-falsch', 'Neues Passwort': 'grüne Wiese am Bach' });
  await clerk.press('Passwort ändern', 'passwort-falsch');
  assert.match(await errors(clerk), /Das jetzige Passwort stimmt nicht/);
  for (const [old, fresh] of [[password, 'grüne Wiese am Bach'], ['grüne Wiese am Bach', password]]) {
    await clerk.fill({ 'Jetziges Passwort': old, 'Neues Passwort': fresh });
    await clerk.press('Passwort ändern', 'passwort-neu');
    await clerk.reads('Das neue Passwort gilt. Andere Geräte sind abgemeldet.');
  }

  await clerk.press('Abmelden', 'abgemeldet');
  await clerk.visit('/amt/eingang', 'wieder-anmelden');
  assert.equal(await page.locator('[data-row]').count(), 0, 'die Liste ist ohne Anmeldung zu sehen');
  assert.ok(fold(await page.locator('h1').innerText()).startsWith('Anmelden'));
}
