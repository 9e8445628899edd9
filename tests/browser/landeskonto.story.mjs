// Logging in through an identity provider (a real one, run here): connected once against the password, then used; what
// is stopped, sent twice, forged or brought by somebody else opens nothing.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { CLIENT, IdentityProvider } from '../lib/provider.mjs';
import { freePort } from '../lib/server.mjs';
import { logIn } from './lib/people.mjs';
import { desk, long, story } from './lib/story.mjs';

const port = await freePort();
const BACK = '/amt/anmelden/konto/zurueck';
const provider = await IdentityProvider.start(`http://localhost:${port}${BACK}`);
after(() => provider.stop());

/** At the provider. */
async function prove(person, name, button = 'Weiter') {
  await person.page.getByLabel('Kennung').fill(name);
  const back = person.page.waitForRequest((r) => r.url().includes(BACK));
  await person.page.getByRole('button', { name: button }).click();
  const url = (await back).url();
  await person.page.waitForLoadState('load');
  return url;
}

async function toProvider(person, way) {
  await person.page.getByRole('link', { name: way }).click();
  await person.page.getByLabel('Kennung').waitFor();
}

story(
  'landeskonto',
  'Anmelden mit dem Konto des Landes',
  async (walk) => {
    const who = `krell-${walk.n}`;
    const clerk = await walk.person('amt');
    await logIn(clerk, 's.krell@nobitz.example');
    await clerk.visit('/amt/konto', 'konto');
    await clerk.page.locator('#konto-pass').fill('falsch-und-lang');
    await clerk.press('Konto verbinden', 'konto-fehler');
    await clerk.reads('Das jetzige Passwort stimmt nicht.');
    await clerk.page.locator('#konto-pass').fill('Vorfuehrung-2026');
    await clerk.press('Konto verbinden', 'weiter');
    await toProvider(clerk, 'Weiter zu Landeskonto');
    await prove(clerk, who);
    await clerk.see('verbunden');
    await clerk.reads('Das Konto ist verbunden.', 'Verbunden seit');

    // Another browser: no password.
    const other = await walk.person('zweiter-rechner');
    await other.visit('/amt/anmelden?ziel=/amt/zahlungen', 'anmelden');
    await toProvider(other, 'Mit Landeskonto anmelden');
    const used = await prove(other, who);
    assert.equal(new URL(other.page.url()).pathname, '/amt/zahlungen');
    // The same way back once more, here and in a stranger's browser.
    await other.visit(used.slice(used.indexOf(BACK)), 'zweimal', 422);
    await other.reads('Das hat zu lange gedauert, oder die Seite wurde zweimal geöffnet.');
    const stranger = await walk.person('fremder');
    await stranger.visit(used.slice(used.indexOf(BACK)), 'fremd', 422);
    await stranger.visit('/amt/eingang', 'draussen');
    await stranger.reads('Anmelden zur Sachbearbeitung');

    // The provider remembers who logged in before.
    const begins = async () => {
      await stranger.context.clearCookies();
      await stranger.page.goto(`${walk.server.url}/amt/anmelden`);
    };
    // Stopped there; unknown here; a state that is not ours; a provider that lies.
    const tries = [
      { name: who, button: 'Abbrechen', says: 'Das Anmelden bei Landeskonto wurde abgebrochen.' },
      { name: 'niemand', says: 'Dieses Konto ist hier mit keinem Zugang verbunden.' },
      { name: who, lie: 'alt', says: 'genügt zum Anmelden nicht' },
      { name: who, lie: 'unsigned', says: 'genügt zum Anmelden nicht' },
      // Proven, but not as well as is asked for here.
      { name: who, level: 'niedrig', says: 'genügt zum Anmelden nicht' },
      { name: who, level: null, says: 'genügt zum Anmelden nicht' },
      // Another provider is mixed in.
      { name: who, lie: 'iss', says: 'genügt zum Anmelden nicht' },
    ];
    for (const { name, button, lie = null, level = 'hoch', says } of tries) {
      await begins();
      await toProvider(stranger, 'Mit Landeskonto anmelden');
      [provider.lie, provider.level] = [lie, level];
      await prove(stranger, name, button);
      [provider.lie, provider.level] = [null, 'hoch'];
      await stranger.see(`nein-${lie ?? (level === 'hoch' ? (button ?? 'unbekannt') : (level ?? 'ohne-stufe'))}`);
      await stranger.reads(says);
    }
    await begins();
    await toProvider(stranger, 'Mit Landeskonto anmelden');
    await stranger.visit(`${BACK}?code=x&state=y`, 'falscher-zustand', 422);
    await stranger.reads('genügt zum Anmelden nicht');

    // Taken apart again: it opens nothing.
    await clerk.page.locator('summary', { hasText: 'Konto trennen' }).click();
    await clerk.press('Konto trennen', 'getrennt');
    await clerk.reads('Das Konto ist getrennt.');
    await begins();
    await toProvider(stranger, 'Mit Landeskonto anmelden');
    await prove(stranger, who);
    await stranger.reads('Dieses Konto ist hier mit keinem Zugang verbunden.');
  },
  {
    only: long(desk),
    server: {
      host: 'localhost',
      port,
      env: { KOMMUNAL_OIDC_ISSUER: provider.url, KOMMUNAL_OIDC_CLIENT_ID: CLIENT.id, KOMMUNAL_OIDC_CLIENT_SECRET: CLIENT.secret, KOMMUNAL_OIDC_ACR: 'hoch' },
    },
  },
);
