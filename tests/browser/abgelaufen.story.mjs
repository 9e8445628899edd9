// The log-in ends while a clerk writes: the text stays, and is sent after a new log-in in another window.
import assert from 'node:assert/strict';
import { fire } from '../lib/samples.mjs';
import { krell, logIn, openAtDesk, password, sendIn } from './lib/people.mjs';
import { crosswise, fold, story } from './lib/story.mjs';

const note = 'Mit dem Wehrführer gesprochen:\nDie Zufahrt bleibt frei & "trocken".';

story(
  'abgelaufen',
  'Die Anmeldung endet beim Schreiben',
  async (walk) => {
    const { reference } = await sendIn(walk, 'brauchtumsfeuer', fire(walk.n));
    const clerk = await walk.person('amt');
    await logIn(clerk, krell);
    await openAtDesk(clerk, reference);
    await clerk.fill({ 'Neue Notiz': note });
    // The browser keeps the cookie of a log-in that has ended.
    const [cookie] = (await clerk.context.cookies()).filter((c) => c.name === 'sitzung');
    await clerk.context.addCookies([{ ...cookie, value: 'beendet' }]);
    await clerk.press('Notiz speichern', 'beendet');
    await clerk.reads('Ihre Anmeldung ist beendet', 'Es ist noch nichts gespeichert und nichts verschickt.', 'Die Zufahrt bleibt frei');
    await clerk.press('Noch einmal senden', 'noch-beendet');
    await clerk.reads('Ihre Anmeldung ist beendet', 'Die Zufahrt bleibt frei');

    const waiting = clerk.page;
    const [fresh] = await Promise.all([clerk.context.waitForEvent('page'), waiting.getByRole('link', { name: 'Anmelden (neues Fenster)' }).click()]);
    await fresh.waitForLoadState();
    clerk.page = fresh;
    await clerk.fill({ 'Dienstliche E-Mail': krell, Passwort: password });
    await clerk.press('Anmelden', 'angemeldet');
    await clerk.reads('Sie sind angemeldet', 'Ihre Eingaben warten im anderen Fenster.');
    await fresh.close();

    clerk.page = waiting;
    await clerk.press('Noch einmal senden', 'notiz');
    await clerk.reads('Die Notiz steht im Verlauf.');
    assert.ok(fold(await waiting.locator('.kc-timeline').first().innerText()).includes(fold(note)), 'die Notiz ist nicht ganz');

    // Without the cookie (logged out in another window) it is not shown again, but the browser still has it.
    await clerk.fill({ 'Neue Notiz': 'Noch ein Satz.' });
    await clerk.context.clearCookies({ name: 'sitzung' });
    await clerk.press('Notiz speichern', 'nicht-gezeigt');
    await clerk.reads('Ihre Anmeldung ist beendet', 'Gehen Sie im Browser eine Seite zurück');
  },
  { only: crosswise },
);
