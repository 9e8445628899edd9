// Logging in with a passkey: set up at one's own account against the password, used instead of password and code,
// stopped half-way, taken away.
import assert from 'node:assert/strict';
import { device, stays } from './lib/device.mjs';
import { logIn } from './lib/people.mjs';
import { story } from './lib/story.mjs';

const KRELL = 's.krell@nobitz.example';

story(
  'passkey',
  'Anmelden mit Passkey',
  async (walk) => {
    const clerk = await walk.person('amt');
    const phone = await device(clerk);
    await logIn(clerk, KRELL);
    await clerk.visit('/amt/konto', 'konto');
    await clerk.fill({ 'Name des Geräts': 'Diensthandy', 'Ihr Passwort': 'falsch-und-lang' });
    await stays(clerk, 'Passkey einrichten', 'Das jetzige Passwort stimmt nicht.');
    await clerk.fill({ 'Ihr Passwort': 'Vorfuehrung-2026' });
    await clerk.press('Passkey einrichten', 'eingerichtet');
    await clerk.reads('Der Passkey ist eingerichtet.', 'Diensthandy');
    assert.equal((await phone.keys()).length, 1);

    // Twice on one device makes no second one.
    await clerk.fill({ 'Name des Geräts': 'Noch einmal', 'Ihr Passwort': 'Vorfuehrung-2026' });
    await stays(clerk, 'Passkey einrichten', 'Dieses Gerät ist schon eingerichtet.');

    await clerk.press('Abmelden', 'anmelden');
    await clerk.visit('/amt/anmelden?ziel=/amt/zahlungen', 'anmelden-zurueck');
    await phone.finger(false);
    await stays(clerk, 'Mit Passkey anmelden', 'Das Anmelden mit Passkey wurde abgebrochen.');
    await phone.finger(true);
    await clerk.press('Mit Passkey anmelden', 'zahlungen');
    assert.equal(new URL(clerk.page.url()).pathname, '/amt/zahlungen');
    await clerk.visit('/amt/konto', 'konto-benutzt');
    await clerk.reads('zuletzt benutzt am');

    // Taken away at the account, the device still has it: it opens nothing.
    await clerk.page.locator('summary', { hasText: 'Diensthandy entfernen' }).click();
    await clerk.press('Passkey entfernen', 'entfernt');
    await clerk.reads('Der Passkey ist entfernt.');
    await clerk.press('Abmelden', 'anmelden');
    await stays(clerk, 'Mit Passkey anmelden', 'Diesen Passkey kennen wir nicht, oder er gilt nicht mehr.');
    await clerk.reads('Mit Ihrer dienstlichen E-Mail und Ihrem Passwort.');
  },
  { only: (way) => way.scripts, server: { host: 'localhost' } },
);
