// An office that has never used the product starts itself: three answers, a link by mail, a password; the competence
// centre confirms, and the office is in. What it does itself is counted: it has to stay far below two minutes of work.
import assert from 'node:assert/strict';
import { crosswise, story } from './lib/story.mjs';

const PASSWORD = 'Kirsche Amboss Fjord Telegramm';
/** One office for each way: whoever has joined cannot join again. */
const OFFICES = [
  ['16071003', 'Bad Berka', 'bad-berka.example'],
  ['16063003', 'Bad Salzungen', 'bad-salzungen.example'],
  ['16068021', 'Großrudestedt', 'grossrudestedt.example'],
  ['16061017', 'Breitenworbis', 'breitenworbis.example'],
];
/** A click, a choice or a filled field. */
const MOST = 12;

/** The newest link of this kind that was written to an address. */
async function mailed(walk, mail, pattern) {
  for (let n = 0; n < 50; n += 1) {
    const text = (await (await fetch(`${walk.server.url}/vorfuehrung/post`)).text()).replaceAll('&#x2f;', '/');
    const at = text.indexOf(mail);
    const found = at < 0 ? null : text.slice(at).match(pattern);
    if (found) return found[0];
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`keine Mail an ${mail}`);
}

story(
  'beitritt',
  'Ein Amt beginnt selbst',
  async (walk) => {
    const [key, , domain] = OFFICES[walk.n];
    const mail = `amt@${domain}`;
    let steps = 0;
    const office = await walk.person('amt');
    await office.visit('/', 'start');
    await office.follow('Mit Ihrem Amt mitmachen', 'mitmachen');
    await office.press('Link senden', 'mitmachen-leer');
    await office.reads('Nennen Sie Ihre Gemeinde', 'Nennen Sie Ihren Vor- und Nachnamen', 'Nennen Sie eine E-Mail-Adresse');
    await office.fill({ 'Ihre Gemeinde': key, 'Ihr Vor- und Nachname': 'Maria Muster', 'Ihre dienstliche E-Mail': mail });
    await office.press('Link senden', 'gesendet');
    steps += 5;
    await office.reads('Sehen Sie in Ihr Postfach', mail);
    await office.visit(await mailed(walk, mail, /\/mitmachen\/link\/[\w-]{22}/), 'passwort');
    await office.fill({ 'Ihr Passwort': PASSWORD });
    await office.press('Anmeldung absenden', 'wartet');
    steps += 3;
    await office.reads('Ihre Anmeldung ist da', 'Sie müssen jetzt nichts tun');

    const centre = await walk.person('kompetenzzentrum');
    await centre.visit('/amt/anmelden', 'anmelden');
    await centre.fill({ 'Dienstliche E-Mail': 'l.hartung@kompetenz.example', Passwort: 'Vorfuehrung-2026' });
    await centre.press('Anmelden', 'cockpit');
    await centre.visit('/cockpit/beitritte', 'beitritte');
    await centre.follow(centre.page.locator(`li:has-text("${mail}") a`), 'beitritt');
    await centre.reads(`„${domain}“ enthält den Namen des Ortes.`, mail);
    await centre.press('Beitritt bestätigen', 'bestaetigt');
    await centre.reads('Das Amt ist eingerichtet');

    await office.visit('/amt/anmelden', 'anmelden');
    await office.fill({ 'Dienstliche E-Mail': mail, Passwort: PASSWORD });
    await office.press('Anmelden', 'eingang');
    steps += 3;
    await office.visit('/amt/einstellungen', 'einstellungen');
    await office.visit('/amt/einstellungen/textbausteine', 'saetze');
    await office.reads('Wege frei halten');
    assert.ok(steps <= MOST, `${steps} Schritte`);
  },
  { only: crosswise },
);
