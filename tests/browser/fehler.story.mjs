// Mistakes in a form: the summary comes first and has the focus, each line leads to its field, the
// sentence names what is wrong, what is right and the way on, and everything typed is kept.
import assert from 'node:assert/strict';
import { answerAll, findService } from './lib/people.mjs';
import { fillPage } from './lib/answers.mjs';
import { fire } from '../lib/samples.mjs';
import { crosswise, story } from './lib/story.mjs';

story('fehler', 'Fehler im Formular', async (walk) => {
  const club = await walk.person('verein');
  const answers = fire(walk.n);
  await findService(club, 'Nobitz', 'Brauchtumsfeuer anzeigen');
  await club.follow('Anzeige starten', 'frage');
  const place = 'Wo brennt das Feuer?';
  await answerAll(club, answers, { upTo: place });

  const { page } = club;
  const description = 'Beschreibung des Platzes';
  await fillPage(page, answers);
  const forest = page.getByLabel('Abstand zum Wald', { exact: true });
  await forest.fill('60');
  const kept = await page.getByLabel(description, { exact: true }).inputValue();
  await club.press('Weiter', 'fehler');

  assert.match(await page.title(), /^Fehler: Wo brennt das Feuer\?/);
  await club.reads('60 m sind zu wenig', 'mindestens 100 m');
  const summary = page.locator('.kc-errors');
  assert.ok(await summary.evaluate((e) => e === document.activeElement), 'die Übersicht der Fehler hat nicht den Fokus');
  assert.equal(await summary.getByRole('link').count(), 1);
  const target = await summary.getByRole('link').getAttribute('href');
  assert.equal(target, `#${await forest.getAttribute('id')}`, 'die Zeile führt zum Feld');
  assert.equal(await forest.getAttribute('aria-invalid'), 'true');
  assert.equal(await forest.inputValue(), '60');
  assert.equal(await page.getByLabel(description, { exact: true }).inputValue(), kept);

  // Empty fields: one line each, in the order of the page.
  await page.getByLabel(description, { exact: true }).fill('');
  await forest.fill('');
  await club.press('Weiter', 'fehler-leer');
  assert.equal(await summary.getByRole('link').count(), 2);

  // Mended, the form goes on.
  await fillPage(page, answers);
  await club.press('Weiter', 'weiter');
  assert.notEqual(await page.locator('h1').innerText(), place);
}, { only: crosswise });
