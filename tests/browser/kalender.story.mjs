// Kalender der Räume: sehen, was frei ist, anfragen, am Desk sperren, wieder aufheben und abonnieren.
import assert from 'node:assert/strict';
import { hall } from '../lib/samples.mjs';
import { answerAll, krell, lead, logIn, submit } from './lib/people.mjs';
import { german } from './lib/service.mjs';
import { desk, long, fold, story } from './lib/story.mjs';

const day = 86_400_000;
const iso = (date) => date.toISOString().slice(0, 10);
const after = (text, days) => iso(new Date(Date.parse(text) + days * day));

story('kalender', 'Kalender der Räume: frei, belegt, gesperrt', async (walk) => {
  const answers = hall(walk.n);
  answers.event.name = `Kanarienfest ${walk.n + 1}`;
  const saturday = answers.event.date;

  // From the place to a free day, and with it into the questions.
  const club = await walk.person('verein');
  await club.visit('/nobitz', 'ort');
  await club.follow('Wann ist frei?', 'frei-belegt');
  await club.reads('Was ist frei?', 'Saal Ehrenhain', 'Wer gebucht hat, zeigen wir nicht.');
  await club.follow('Nächste Woche', 'frei-belegt-woche');
  await club.visit(`/nobitz/raeume?woche=${saturday}`, 'frei-belegt-frei');
  await club.press(club.page.getByRole('button', { name: `frei, Saal Ehrenhain am Samstag, ${german(saturday)}, anfragen` }), 'frage');
  await answerAll(club, answers);
  await submit(club, 'Anfrage absenden');

  // The other way: no name outside, neither on the page nor in the feed.
  const visitor = await walk.person('gast');
  await visitor.visit(`/nobitz/raeume?woche=${saturday}`, 'frei-belegt-belegt');
  const outside = fold(await visitor.page.locator('body').innerText());
  assert.ok(outside.includes('belegt') && !outside.includes('Kanarien'), outside);
  await visitor.follow('Saal Ehrenhain', 'frei-belegt-raum');
  await visitor.reads('Alle Räume', 'Kalender abonnieren (.ics)');
  await visitor.visit(`/nobitz/raeume?woche=${saturday}&sprache=en`, 'frei-belegt-english');
  await visitor.reads('What is free?', 'Choose a day');
  const ics = await (await visitor.context.request.get('/nobitz/raeume/saal-ehrenhain/belegung.ics')).text();
  assert.ok(ics.includes('BEGIN:VEVENT') && !ics.includes('Kanarien'), ics);

  // The desk sees the name, closes another time, and opens it again.
  const clerk = await walk.person('amt');
  await logIn(clerk, krell);
  await clerk.follow('Kalender', 'kalender');
  await clerk.visit(`/amt/kalender?woche=${saturday}`, 'kalender-woche');
  await clerk.reads(answers.event.name, '(vorgemerkt)', '(belegt: Saal Ehrenhain)');
  if (walk.way.scripts && walk.way.width > 1000) await keys(clerk, saturday);
  await clerk.follow(/^Zeit sperren/, 'sperren');
  await clerk.press('Zeit sperren', 'sperren-fehler');
  await clerk.reads('Wählen Sie einen Raum aus der Liste.');
  const room = await clerk.page.getByLabel('Raum', { exact: true }).locator('option', { hasText: /Saal Ehrenhain$/ }).innerText();
  await clerk.fill({ Raum: { choose: room }, 'Erster Tag': german(saturday), 'Warum?': 'Grundreinigung' });
  await clerk.press('Zeit sperren', 'sperren-belegt');
  await clerk.reads('Saal Ehrenhain ist dann belegt.', answers.event.name);
  const monday = after(saturday, 2);
  await clerk.fill({ 'Erster Tag': german(monday) });
  await clerk.press('Zeit sperren', 'kalender-gesperrt');
  await clerk.reads('Die Zeit ist gesperrt.', 'Grundreinigung', 'ganztägig');
  await visitor.visit(`/nobitz/raeume?woche=${monday}&sprache=de`, 'frei-belegt-gesperrt');
  assert.ok(!(await visitor.page.locator('body').innerText()).includes('Grundreinigung'));
  await clerk.follow(clerk.page.locator('.kc-bk--off').first(), 'sperre');
  await clerk.press('Sperre aufheben', 'kalender-frei');
  await clerk.reads('Die Sperre ist aufgehoben.');
  // Its page went with it: that link is no dead end of the product.
  for (const url of walk.links.keys()) if (url.includes('/amt/kalender/sperre/')) walk.links.delete(url);

  // A room with a long name, as part of the hall: its name stays within the page, also where it closes the hall.
  const long = `Mehrzweckveranstaltungsgebäudenebenraum Donaudampfschifffahrtsgesellschaft ${walk.n}`;
  const head = await walk.person('leitung');
  await logIn(head, lead);
  await head.visit('/amt/einstellungen/raeume/neu?ort=16077036', 'raum-neu');
  for (const [id, value] of Object.entries({ name: long, plaetze: '20', personen: '20', tag_local_club: '45', kaution_local_club: '0' })) await head.page.locator(`#${id}`).fill(value);
  await head.page.locator('#teil_von').selectOption({ label: 'Saal Ehrenhain' });
  await head.press('Raum speichern', 'raum-angelegt');
  await clerk.visit('/amt/kalender/sperren', 'sperren');
  await clerk.page.getByLabel('Raum', { exact: true }).selectOption({ label: await clerk.page.locator('option', { hasText: long }).innerText() });
  await clerk.fill({ 'Erster Tag': german(monday), 'Warum?': 'Malerarbeiten' });
  await clerk.press('Zeit sperren', 'kalender-langer-name');
  await clerk.reads(`(belegt: ${long})`);

  // A secret link for Outlook: shown once, dead when taken back.
  await clerk.follow('In Outlook abonnieren', 'abo');
  await clerk.press(clerk.page.getByRole('button', { name: /Link erzeugen$/ }), 'abo-link');
  const link = (await clerk.page.locator('[data-feed]').innerText()).trim();
  const path = new URL(link).pathname;
  const feed = await visitor.context.request.get(path);
  assert.equal(feed.status(), 200);
  assert.ok((await feed.text()).replace(/\r\n /g, '').includes(answers.event.name));
  await clerk.press('Link widerrufen', 'abo-widerrufen');
  assert.equal((await visitor.context.request.get(path)).status(), 404);
}, { only: long(desk) });

/** Arrows go from day to day, over the edge into the next week; T comes back. */
async function keys(clerk, saturday) {
  const { page } = clerk;
  const here = () => page.evaluate(() => document.activeElement.dataset.calDay);
  await page.keyboard.press('ArrowRight');
  assert.equal(await here(), german(after(saturday, -5)));
  for (let n = 0; n < 5; n += 1) await page.keyboard.press('ArrowRight');
  assert.equal(await here(), german(saturday));
  await clerk.see('kalender-tag');
  await page.keyboard.press('ArrowRight');
  await clerk.leave(() => page.keyboard.press('ArrowRight'));
  assert.equal(await here(), german(after(saturday, 2)));
  await clerk.leave(() => page.keyboard.press('t'));
  assert.ok(await page.locator('.kc-cal__head .is-today').count());
  await clerk.visit(`/amt/kalender?woche=${saturday}`, 'kalender-woche');
  await page.keyboard.press('g');
  await clerk.leave(() => page.keyboard.press('k'));
  assert.equal(new URL(page.url()).pathname, '/amt/kalender');
  await page.emulateMedia({ media: 'print' });
  const pdf = await page.pdf({ preferCSSPageSize: true });
  await page.emulateMedia({ media: 'screen' });
  assert.match(pdf.toString('latin1'), /\/MediaBox\s*\[\s*0 0 8(41|42)[.\d]* 59[45]/, 'eine Woche liegt quer');
}
