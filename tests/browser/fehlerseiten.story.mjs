// Pages for what goes wrong outside a form. Each says what happened, whether anything is lost and what
// to do next, keeps the frame of the product and never shows a cause.
import assert from 'node:assert/strict';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from '../lib/server.mjs';
import { krell, logIn } from './lib/people.mjs';
import { crosswise, fold, story } from './lib/story.mjs';

const safe = 'Was Sie bis zur letzten Seite eingegeben haben, ist gespeichert.';

story('fehlerseiten', 'Fehlerseiten', errorPages, { only: crosswise });

/** A way on that is no dead end. */
async function waysOn({ page }) {
  assert.ok((await page.locator('main .kern-btn--primary').count()) + (await page.locator('main form').count()) > 0, 'kein Weg weiter');
  const text = fold(await page.locator('body').innerText());
  assert.ok(!/panic|sqlx?|rusqlite|stack|\.rs\b|\{[a-z]/i.test(text), `die Ursache steht auf der Seite: ${text}`);
}

async function errorPages(walk) {
  const person = await walk.person('mensch');
  const meets = async (path, name, status, ...texts) => {
    await person.visit(path, name, status);
    await person.reads(...texts);
    await waysOn(person);
  };
  await meets('/nobiz', 'ort', 404, 'Diesen Ort kennen wir nicht', 'nobiz', 'Nobitz');
  // From there the search goes on.
  await person.fill({ 'In welchem Ort?': 'Nobitz' });
  await person.press('Suchen', 'ort-gesucht');
  await meets('/nobitz/hundesteuer', 'leistung', 404, 'Diese Seite gibt es nicht');
  // Whether a case exists is nobody's business: without its code the page asks for it.
  await person.visit('/v/NOB-FEUER-26-0000-0/eingang', 'vorgang');
  assert.equal(await person.page.getByLabel('Aktenzeichen', { exact: true }).inputValue(), 'NOB-FEUER-26-0000-0');
  assert.equal((await person.context.request.post('/v/NOB-FEUER-26-0000-0/nachricht', { form: { text: 'Hallo' } })).status(), 404);
  await meets('/weiter/gibt-es-nicht', 'entwurf-weg', 410, 'Dieser Link gilt nicht mehr');
  await meets('/nobitz/brauchtumsfeuer/neu', 'methode', 405, 'Diese Seite gibt es nicht');

  // A case of nobody, at the desk.
  const clerk = await walk.person('amt');
  await logIn(clerk, krell);
  await clerk.visit('/amt/v/00000000000000000000000000000000', 'vorgang-amt', 404);
  await clerk.reads('Diesen Vorgang gibt es hier nicht', 'Alle Vorgänge');
  await clerk.visit('/amt/einstellungen', 'ohne-recht', 403);
  await clerk.reads('Dafür fehlt Ihnen das Recht', 'Fragen Sie Ihre Leitung.');

  // 422: a mistake in a form is its own page again, nothing typed is lost.
  await person.visit('/stand', 'stand');
  await person.fill({ Aktenzeichen: 'NOB-FEUER-26-7K3M-A', Zugangscode: 'AAAA BBBB CCCC' });
  await person.press('Vorgang öffnen', 'stand-fehler');
  assert.match(await person.page.title(), /^Fehler: /);
  assert.equal(await person.page.getByLabel('Aktenzeichen', { exact: true }).inputValue(), 'NOB-FEUER-26-7K3M-A');
  // Of the offer as a whole the competence centre reads reports; of a place its office does.
  await person.visit('/barriere-melden', 'melden-land');
  await person.reads('Wir antworten, wenn Sie einen Kontakt nennen.');
  await person.visit('/nobitz/barriere-melden', 'melden');
  await person.press('Meldung senden', 'melden-leer');
  await person.reads('Beschreiben Sie kurz, was nicht geht.');
  await person.fill({ 'Was hindert Sie?': 'Auf der Karte sind die Namen klein.', 'E-Mail oder Telefon freiwillig': '03447 99' });
  await person.press('Meldung senden', 'gemeldet');
  await person.reads('Ihre Meldung ist angekommen.');
  await damaged(walk, person);
}

/** The store of one town is damaged: its pages say so, the others go on. */
async function damaged(walk, person) {
  const server = await Server.start({ name: `story-fehlerseiten-schaden-${walk.n}` });
  try {
    for (const end of ['', '-wal']) overwrite(join(server.data, 'tenants', `jena.db${end}`));
    person.expects(500);
    await person.visit(`${server.url}/jena`, 'schaden', 500);
    await person.reads('Das hat nicht geklappt', 'Es liegt an uns, nicht an Ihnen.', safe);
    const [, number] = (await person.page.locator('main').innerText()).match(/Fehlernummer ([0-9A-Z]{4}-[0-9A-Z]{4})/);
    await waysOn(person);
    await person.visit(`${server.url}/nobitz`, 'unversehrt');
    await person.reads('Was möchten Sie erledigen?');
    assert.ok(server.output.includes(number), 'die Fehlernummer steht nicht im Protokoll');
  } finally {
    await server.stop();
  }
}

/** Overwrites the beginning of a file, without changing its length. */
function overwrite(path) {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(Math.min(statSync(path).size, 1 << 20), 0x5a), 0);
  closeSync(file);
}
