// Applicants log in through a provider (a real one, run here), and a service that asks for a level of assurance: filled in
// by anybody, sent by whoever is known well enough. What is stopped, sent twice, forged or brought by somebody else opens
// nothing.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { CLIENT, IdentityProvider } from '../lib/provider.mjs';
import { fire } from '../lib/samples.mjs';
import { freePort, root } from '../lib/server.mjs';
import { comesIn } from './lib/account.mjs';
import { answerAll, findService, krell, logIn, openAtDesk } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

const port = await freePort();
const BACK = '/konto/anmelden/dienst/person/zurueck';
const provider = await IdentityProvider.start(`http://localhost:${port}${BACK}`, {
  name: 'Katrin Sommer',
  email: 'k.sommer@post.example',
  email_verified: true,
  address: { street_address: 'Lindenhof 3', postal_code: '04603', locality: 'Nobitz' },
});
// The bonfire, as if a law asked for a level.
const files = mkdtempSync(join(tmpdir(), 'kommunal-leistung-'));
const service = 'services/brauchtumsfeuer/service.toml';
mkdirSync(join(files, 'services/brauchtumsfeuer'), { recursive: true });
writeFileSync(join(files, service), `${readFileSync(join(root, service), 'utf8')}\n[assurance]\nlevel = "substantial"\nlegal_basis = ["obg27"]\n`);
after(() => {
  rmSync(files, { recursive: true, force: true });
  return provider.stop();
});

/** The provider does not remember who was there. */
const forgotten = (person) => person.context.clearCookies({ name: /^_/ });

async function toProvider(person, way = 'Mit BundID anmelden') {
  await forgotten(person);
  await person.page.getByRole('link', { name: way }).first().click();
  await person.page.getByLabel('Kennung').waitFor();
}

/** At the provider; the address of the way back. */
async function prove(person, name, { button = 'Weiter', level = 'substanziell', lie = null } = {}) {
  [provider.level, provider.lie] = [level, lie];
  await person.page.getByLabel('Kennung').fill(name);
  const back = person.page.waitForRequest((r) => r.url().includes(BACK));
  await person.page.getByRole('button', { name: button }).click();
  const url = (await back).url();
  await person.page.waitForLoadState('load');
  [provider.level, provider.lie] = ['substanziell', null];
  return url.slice(url.indexOf(BACK));
}

story(
  'bundid',
  'Anmelden mit BundID, und eine Leistung mit Vertrauensniveau',
  async (walk) => {
    const who = `sommer-${walk.n}`;
    const answers = { ...fire(walk.n) };
    answers.contact = { ...answers.contact, name: 'Katrin Sommer' };
    const applicant = await walk.person('antrag');
    await findService(applicant, 'Nobitz', 'Brauchtumsfeuer anzeigen');
    await applicant.reads('Identität', 'Zum Absenden melden Sie sich mit BundID an');
    await applicant.follow('Anzeige starten', 'frage');
    await answerAll(applicant, answers);
    await applicant.reads('Vor dem Absenden melden Sie sich mit BundID an', 'Ihre Angaben bleiben gespeichert.');
    const check = new URL(applicant.page.url()).pathname;

    await applicant.press('Anzeige absenden', 'niveau');
    await applicant.reads('Melden Sie sich sicherer an', 'substanziell');
    await toProvider(applicant);
    await prove(applicant, who, { button: 'Abbrechen' });
    await applicant.see('abgebrochen');
    await applicant.reads('Das Anmelden bei BundID wurde abgebrochen.');
    await applicant.follow('Zum Anmelden', 'niveau-wieder');
    await toProvider(applicant);
    await prove(applicant, who, { level: 'niedrig' });
    await applicant.see('zu-niedrig');
    await applicant.reads('Hier brauchen Sie mindestens „substanziell“.');
    await applicant.follow('Zum Anmelden', 'niveau-noch-einmal');
    await toProvider(applicant);
    const used = await prove(applicant, who);
    assert.equal(new URL(applicant.page.url()).pathname, check, 'back at the same draft');
    await applicant.see('pruefen-danach');
    await applicant.reads('BundID hat bestätigt, wer Sie sind.', 'von BundID bestätigt');
    assert.ok(!(await applicant.page.locator('body').innerText()).includes('Vor dem Absenden melden'));
    await applicant.press('Anzeige absenden', 'eingang');
    const reference = (await applicant.page.locator('[data-reference]').innerText()).trim();

    // The same way back once more, here and in a stranger's browser.
    await applicant.visit(used, 'zweimal', 422);
    await applicant.reads('Das hat zu lange gedauert, oder die Seite wurde zweimal geöffnet.');
    const stranger = await walk.person('fremd');
    await stranger.visit(used, 'fremd', 422);

    const clerk = await walk.person('amt');
    await logIn(clerk, krell);
    await openAtDesk(clerk, reference);
    await clerk.reads('Identität: BundID, substanziell', 'von BundID bestätigt');

    // A provider that lies, and a state that is not ours.
    for (const lie of ['alt', 'unsigned', 'iss']) {
      await stranger.page.goto('/konto/anmelden');
      await toProvider(stranger);
      await prove(stranger, who, { lie });
      await stranger.reads('genügt zum Anmelden nicht');
    }
    await stranger.page.goto('/konto/anmelden');
    await toProvider(stranger);
    await stranger.visit(`${BACK}?code=x&state=y`, 'falscher-zustand', 422);
    await stranger.reads('genügt zum Anmelden nicht');

    // Somebody new: the account with what the provider says.
    const member = await walk.person('konto');
    await member.visit('/konto/anmelden?ziel=/konto/angaben', 'anmelden');
    await toProvider(member);
    await prove(member, `neu-${walk.n}`);
    await member.see('neu');
    assert.equal(await member.page.getByLabel('Ihr Name').inputValue(), 'Katrin Sommer');
    await member.press('Konto anlegen', 'angaben');
    assert.equal(await member.page.getByLabel('Straße').inputValue(), 'Lindenhof');
    await member.visit('/konto', 'konto');
    await member.reads('Sie sind angemeldet mit BundID.', 'Mit BundID verbunden seit');
    await member.press('BundID trennen', 'letzter-weg');
    await member.reads('Ohne diese Anmeldung kämen Sie nicht mehr in Ihr Konto.');

    // By mail first, then connected, used and taken apart.
    const mail = await walk.person('mail');
    await comesIn(walk, mail, `k.sommer-${walk.n}@lindenhof.example`);
    await mail.fill({ 'Name des Vereins': 'Festverein Lindenhof e. V.', 'Ihr Name': 'Katrin Sommer' });
    await mail.press('Konto anlegen', 'konto');
    await mail.press('BundID verbinden', 'weiter');
    await toProvider(mail, 'Weiter zu BundID');
    await prove(mail, who);
    await mail.see('verbunden');
    await mail.reads('Die Anmeldung ist verbunden.');
    const other = await walk.person('zweites-geraet');
    await other.visit('/konto/anmelden', 'anmelden');
    await toProvider(other);
    await prove(other, who);
    await other.reads('Festverein Lindenhof e. V.');
    await mail.press('BundID trennen', 'getrennt');
    await mail.reads('Die Anmeldung ist getrennt.');
    await other.visit('/konto', 'draussen');
    assert.notEqual(new URL(other.page.url()).pathname, '/konto');
  },
  {
    only: long(crosswise),
    server: {
      host: 'localhost',
      port,
      env: {
        KOMMUNAL_TEST_FILES: files,
        KOMMUNAL_OIDC_PERSON_ISSUER: provider.url,
        KOMMUNAL_OIDC_PERSON_CLIENT_ID: CLIENT.id,
        KOMMUNAL_OIDC_PERSON_CLIENT_SECRET: CLIENT.secret,
        KOMMUNAL_OIDC_PERSON_ACR: 'niedrig=niedrig substanziell=substanziell hoch=hoch',
      },
    },
  },
);
