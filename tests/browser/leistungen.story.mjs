// The main way, once for each service: from the name of the place to the letter on the status page.
// The club applies, a clerk decides at the desk, the club reads the letter.
import assert from 'node:assert/strict';
import { apply, approve, awaitLetter, district, krell, logIn, openAtDesk, openCase } from './lib/people.mjs';
import { closing, fire, gathering, hall } from '../lib/samples.mjs';
import { fold, story } from './lib/story.mjs';

const german = (iso) => iso.split('-').reverse().join('.');

const ways = [
  {
    id: 'feuer',
    title: 'Brauchtumsfeuer anzeigen, bestätigt bekommen',
    service: 'Brauchtumsfeuer anzeigen',
    start: 'Anzeige starten',
    button: 'Anzeige absenden',
    answers: fire,
    received: 'Ihre Anzeige ist eingegangen',
    clerk: krell,
    state: 'Bestätigt',
    letter: (a) => [
      'Festverein Lindenhof e. V.',
      'Sehr geehrte Frau Sommer',
      `Gegen das Feuer am ${german(a.event.date)} von 17:00 bis 22:00 Uhr bestehen keine Bedenken.`,
      'Gemeinde Nobitz',
      'Widerspruch',
    ],
  },
  {
    id: 'raum',
    title: 'Saal mieten, zugesagt bekommen',
    service: 'Raum oder Platz mieten',
    start: 'Anfrage starten',
    button: 'Anfrage absenden',
    answers: hall,
    received: 'Ihre Anfrage ist eingegangen',
    clerk: krell,
    state: 'Genehmigt',
    // Three days at 60 € and the deposit of the demo's tariff; heating and cleaning depend on the season.
    letter: (a) => ['Saal Ehrenhain', `am ${german(a.event.date)}`, '180,00 €', '150,00 €', 'DE02 1203 0000 0000 2020 51', 'Gemeinde Nobitz'],
  },
  {
    id: 'sperrzeit',
    title: 'Sperrzeit verkürzen, vom Landratsamt genehmigt bekommen',
    service: 'Sperrzeit verkürzen',
    start: 'Antrag starten',
    button: 'Antrag absenden',
    answers: closing,
    received: 'Ihr Antrag ist eingegangen',
    clerk: district,
    state: 'Genehmigt',
    letter: (a) => ['Verkürzung der Sperrzeit', `am ${german(a.event.date)}`, 'beginnt um 00:00 Uhr statt um 22:00 Uhr', 'Altenburger Land', 'Widerspruch'],
  },
  {
    id: 'fest',
    title: 'Veranstaltung anzeigen, bestätigt bekommen',
    service: 'Veranstaltung anzeigen',
    start: 'Anzeige starten',
    button: 'Anzeige absenden',
    answers: gathering,
    received: 'Ihre Anzeige ist eingegangen',
    clerk: krell,
    state: 'Bestätigt',
    letter: (a) => [`Gegen die Veranstaltung am ${german(a.event.date)} von 15:00 bis 22:00 Uhr bestehen keine Bedenken.`, '§ 42'],
  },
];

for (const way of ways) {
  story(way.id, way.title, async (walk) => {
    const answers = way.answers(walk.n);
    const club = await walk.person('verein');
    const { reference, code } = await apply(club, { ...way, answers });
    await club.reads(way.received, reference);
    const receipt = await club.readPdf('Bestätigung laden (PDF)', 'eingang');
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
    const letter = await later.readPdf('Bescheid laden (PDF)', 'bescheid');
    for (const text of [reference, ...way.letter(answers)]) assert.ok(letter.includes(fold(text)), `Bescheid ohne „${text}“: ${letter}`);

    // The retrieval is on record, for both sides.
    await later.visit(`/v/${reference}`, 'status-geladen');
    await later.reads('Bescheid geladen');
    await clerk.visit(new URL(clerk.page.url()).pathname, 'eingang-danach');
    await openAtDesk(clerk, reference);
    await clerk.reads('Bescheid geladen');
  });
}
