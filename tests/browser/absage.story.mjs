// What was granted does not take place: the club gives the hall back in time, and owes nothing; another
// club's hall is called off at the desk.
import assert from 'node:assert/strict';
import { hall } from '../lib/samples.mjs';
import { approve, awaitLetter, errors, krell, logIn, openAtDesk, openCase, sendIn } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

story('absage', 'Ein Termin fällt aus', callOff, { only: long(crosswise) });

async function callOff(walk) {
  const clerk = await walk.person('amt');
  await logIn(clerk, krell);
  const sent = await sendIn(walk, 'raumnutzung', hall(walk.n));
  await openAtDesk(clerk, sent.reference);
  await approve(clerk);
  const club = await walk.person('verein');
  await openCase(club, sent);
  await awaitLetter(club);
  await club.follow('Termin absagen', 'absagen');
  await club.reads('Termin wirklich absagen?', 'Der Raum wird sofort wieder frei.', 'Sie sagen rechtzeitig ab.');
  await club.fill({ 'Grund freiwillig': 'Die Kapelle ist krank.' });
  await club.press('Ja, Termin absagen', 'abgesagt');
  await club.reads('Ihr Termin ist abgesagt.', 'Fällt aus', 'Die Kapelle ist krank.', 'Brief lesen');
  assert.equal(await club.page.getByRole('link', { name: 'Termin absagen' }).count(), 0);

  await clerk.visit('/amt/eingang?ansicht=entschieden', 'eingang-entschieden');
  await clerk.reads('fällt aus');
  await openAtDesk(clerk, sent.reference);
  await clerk.reads('fällt aus', 'Die Kapelle ist krank.', 'Kosten entfallen');

  // The same hall on the same day, for it is free again; now the desk calls it off.
  const again = await sendIn(walk, 'raumnutzung', hall(walk.n));
  await clerk.visit('/amt/eingang', 'eingang');
  await openAtDesk(clerk, again.reference);
  await approve(clerk);
  const other = await walk.person('anderer-verein');
  await openCase(other, again);
  await awaitLetter(other);
  await clerk.visit('/amt/eingang?ansicht=entschieden', 'eingang-danach');
  await openAtDesk(clerk, again.reference);
  await clerk.follow('Termin absagen', 'absagen-amt');
  await clerk.press('Termin absagen', 'absagen-amt-leer');
  assert.match(await errors(clerk), /Wählen Sie, ob die Kosten bleiben/);
  await clerk.page.getByLabel(/^Sie entfallen/).check();
  await clerk.press('Termin absagen', 'abgesagt-amt');
  await clerk.reads('Der Termin ist abgesagt.', 'Kosten entfallen');
}
