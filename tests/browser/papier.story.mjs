// A municipality that does not take part: the same questions end in a finished application to print, with
// the right address. Nothing is sent. That the wish counts once is proven in the program's own stories.
import assert from 'node:assert/strict';
import { fire } from '../lib/samples.mjs';
import { answerAll, findService } from './lib/people.mjs';
import { german } from './lib/service.mjs';
import { crosswise, fold, story } from './lib/story.mjs';

const place = 'Treben';

story('papier', 'Antrag zum Drucken, wo das Amt noch auf Papier arbeitet', paper, { only: crosswise });

async function paper(walk) {
  const answers = fire(walk.n);
  const club = await walk.person('verein');
  await findService(club, place, 'Brauchtumsfeuer');
  await club.reads('Noch auf Papier.', 'Pleißenaue');
  await club.follow('Antrag ausfüllen', 'frage');
  await answerAll(club, answers);
  await club.reads('Es wird nichts gesendet. Sie bekommen den fertigen Antrag zum Drucken.');
  await club.press('Antrag zum Drucken fertigstellen', 'papier');
  await club.reads('Ihr Antrag ist fertig zum Drucken', 'Noch nicht gesendet', 'Pleißenaue', 'Wir zählen mit', answers.club.name);
  const address = fold(await club.page.locator('aside .kc-panel').first().innerText());
  const text = await club.readPdf('Antrag drucken (PDF)', 'antrag');
  const wanted = [answers.club.name, answers.contact.name, german(answers.event.date), '180 m', answers.helpers[1].name, 'Unterschrift', 'Pleißenaue'];
  for (const word of wanted) assert.ok(text.includes(fold(word)), `Antrag ohne „${word}“: ${text}`);
  assert.ok(!/\{|undefined|null/.test(text), `Platzhalter im Antrag: ${text}`);
  assert.ok(address.includes('Pleißenaue'), address);

  // Back, changed, printed anew: what is printed is what stands in the form now.
  await club.follow('Angaben ändern', 'pruefen');
  await club.follow(club.page.getByRole('link', { name: /^Ändern: .*[Tt]ermin|^Ändern: Wann/ }).or(club.page.locator('a[href$="/antrag/date?zurueck=1"], a[href*="/antrag/date"]')).first(), 'aendern');
  await club.page.locator('[name="event.guests"]').fill('75');
  await club.press('Weiter', 'pruefen-neu');
  if ((await club.page.locator('h1').innerText()) !== 'Stimmt alles?') await answerAll(club, { ...answers, event: { ...answers.event, guests: 75 } });
  await club.press('Antrag zum Drucken fertigstellen', 'papier-neu');
  assert.ok(/\b75\b/.test(await club.readPdf('Antrag drucken (PDF)', 'antrag-neu')), 'die Änderung steht nicht im Antrag');
  // It never was sent: the service's page knows it as a draft.
  await club.visit('/treben/brauchtumsfeuer', 'leistung-entwurf');
  await club.reads('Sie haben hier schon angefangen', 'Noch nicht abgeschickt.');
}
