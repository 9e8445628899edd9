// A draft begun in one browser is finished in another: once with the link, once with the typed code.
import assert from 'node:assert/strict';
import { answerAll, findService, submit } from './lib/people.mjs';
import { fire } from '../lib/samples.mjs';
import { crosswise, long, story } from './lib/story.mjs';

story('entwurf', 'Auf einem anderen Gerät weitermachen', async (walk) => {
  const answers = fire(walk.n);
  const phone = await walk.person('handy');
  await findService(phone, 'Nobitz', 'Brauchtumsfeuer anzeigen');
  await phone.follow('Anzeige starten', 'frage');
  const stop = 'Wann brennt das Feuer?';
  await answerAll(phone, answers, { upTo: stop });
  await phone.press('Später weitermachen', 'spaeter');
  await phone.reads('Noch ist nichts abgeschickt.');
  const code = (await phone.page.locator('[data-resume-code]').innerText()).trim();
  const link = await phone.page.locator('[data-resume-link]').getAttribute('href');
  assert.equal(code.replace(/[^A-Z0-9]/g, '').length, 12);
  // The address stands there to be read, and is copied with one click.
  await phone.reads(link);
  const copy = phone.page.getByRole('button', { name: 'Link kopieren' });
  if (walk.way.scripts) {
    await phone.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await copy.click();
    await phone.page.getByRole('button', { name: 'Kopiert' }).waitFor();
    assert.equal(await phone.page.evaluate(() => navigator.clipboard.readText()), link);
  } else {
    assert.equal(await copy.count(), 0, 'nothing could copy without scripts');
  }

  // By the code: the name of the club is there.
  const laptop = await walk.person('laptop');
  await laptop.visit('/', 'start');
  await laptop.follow('Angefangenen Antrag fortsetzen', 'fortsetzen');
  await laptop.fill({ Code: 'AAAA BBBB CCCC' });
  await laptop.press('Weitermachen', 'falscher-code');
  await laptop.reads('Zu diesem Code gibt es keinen Entwurf.');
  await laptop.fill({ Code: code.toLowerCase() });
  await laptop.press('Weitermachen', 'weitergemacht');
  await answerAll(laptop, answers);
  await laptop.reads(answers.club.name);

  // By the link, on a third device: the same draft, with what the second one added. Somebody has begun one of their own
  // there, and is asked first.
  const tablet = await walk.person('tablet');
  await findService(tablet, 'Nobitz', 'Brauchtumsfeuer anzeigen');
  await tablet.follow('Anzeige starten', 'eigener');
  await answerAll(tablet, answers, { upTo: stop });
  await tablet.visit(new URL(link, walk.server.url).pathname, 'anderer-entwurf');
  await tablet.reads('Anderen Entwurf öffnen?');
  await tablet.press('Den anderen öffnen', 'mit-link');
  await answerAll(tablet, answers);
  await tablet.reads(answers.club.name);
  const { reference } = await submit(tablet, 'Anzeige absenden');
  assert.match(reference, /^[A-ZÄÖÜ]{2,4}-FEUER-\d\d-/);

  // Who did not send it reads that it was sent, and gets no code.
  await laptop.visit('/nobitz/brauchtumsfeuer/antrag', 'schon-gesendet');
  await laptop.reads('Das ist schon gesendet');
  await laptop.reads(reference);
  await laptop.follow('Stand ansehen', 'stand');
  await laptop.reads('Zugangscode');
}, { only: long(crosswise) });
