// The main way of a service: from the name of the place to the letter on the status page. The club
// applies, a clerk decides at the desk, the club reads the letter. What differs between services is
// handed in by the *.story.mjs file of each.
import assert from 'node:assert/strict';
import { apply, approve, awaitLetter, logIn, openAtDesk, openCase } from './people.mjs';
import { fold, story } from './story.mjs';

/** 2027-01-09 → 09.01.2027 */
export const german = (iso) => iso.split('-').reverse().join('.');

/** `way`: id, title, service, start, button, answers(n), received, clerk, state, letter(answers); `only` as for `story`. */
export function serviceStory(way) {
  story(way.id, way.title, async (walk) => {
    const answers = way.answers(walk.n);
    const club = await walk.person('verein');
    const { reference, code } = await apply(club, { ...way, answers });
    await club.reads(way.received, reference);
    const receipt = await club.readPdf('Eingangsbestätigung laden (PDF)', 'eingang');
    for (const text of [reference, code.slice(0, 4), answers.club.name]) assert.ok(receipt.includes(fold(text)), `Eingang ohne „${text}“: ${receipt}`);
    await club.follow('Stand ansehen', 'status');
    await club.reads('Eingegangen', reference);

    const clerk = await walk.person('amt');
    await logIn(clerk, way.clerk);
    await openAtDesk(clerk, reference);
    await clerk.reads(answers.club.name, 'Automatische Prüfung');
    await approve(clerk);

    // Another day, another device: with reference and code from the receipt.
    const later = await walk.person('verein-spaeter');
    await openCase(later, { reference, code });
    await awaitLetter(later);
    await later.reads(way.state);
    await later.follow('Brief lesen', 'bescheid-lesen');
    await later.reads(reference);
    await later.visit(`/v/${reference}`, 'status-gelesen');
    const letter = await later.readPdf('Brief laden (PDF)', 'bescheid');
    for (const text of [reference, ...way.letter(answers)]) assert.ok(letter.includes(fold(text)), `Bescheid ohne „${text}“: ${letter}`);

    // The retrieval is on record, for both sides.
    await later.reads('Brief geöffnet');
    await clerk.visit(new URL(clerk.page.url()).pathname, 'eingang-danach');
    await openAtDesk(clerk, reference);
    await clerk.reads('Brief geöffnet');
  }, { only: way.only });
}
