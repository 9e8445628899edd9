// A club's chair sets a passkey up after the log-in by mail and uses it: with another finger, twice, an answer sent once
// more, taken away. Without scripts, or in a browser without passkeys, the link by mail is there as before.
import assert from 'node:assert/strict';
import { club, comesIn } from './lib/account.mjs';
import { device, stays } from './lib/device.mjs';
import { story } from './lib/story.mjs';

story(
  'konto-passkey',
  'Anmelden eines Vereins mit Passkey',
  async (walk) => {
    const mail = `k.sommer-${walk.n}@lindenhof.example`;
    const chair = await walk.person('vorsitz');
    const phone = walk.way.scripts ? await device(chair) : null;
    await club(walk, chair, mail);
    await chair.follow('Anmelden und Geräte', 'zugang');
    await chair.reads('Wo Sie angemeldet sind', 'dieses Gerät');
    if (!walk.way.scripts) {
      await chair.reads('Dafür braucht dieser Browser Skripte');
      assert.equal(await chair.page.getByRole('button', { name: 'Passkey einrichten' }).isVisible(), false);
      await chair.visit('/konto', 'konto');
      await chair.press('Abmelden', 'anmelden');
      assert.equal(await chair.page.getByRole('button', { name: 'Mit Passkey anmelden' }).isVisible(), false);
      return;
    }
    await chair.fill({ 'Name des Geräts': 'Mein Handy' });
    await chair.press('Passkey einrichten', 'eingerichtet');
    await chair.reads('Der Passkey ist eingerichtet.', 'Mein Handy');
    assert.equal((await phone.keys()).length, 1);
    // Twice on one device makes no second one.
    await stays(chair, 'Passkey einrichten', 'Dieses Gerät ist schon eingerichtet.');

    await chair.visit('/konto', 'konto');
    await chair.press('Abmelden', 'abgemeldet');
    await chair.visit('/konto/anmelden?ziel=/konto/personen', 'anmelden-passkey');
    await phone.finger(false);
    await stays(chair, 'Mit Passkey anmelden', 'Das Anmelden mit Passkey wurde abgebrochen.');
    await chair.see('anmelden-abgebrochen');
    await phone.finger(true);
    const answer = chair.page.waitForRequest((r) => r.url().includes('/konto/anmelden/passkey?'));
    await chair.press('Mit Passkey anmelden', 'personen');
    assert.equal(new URL(chair.page.url()).pathname, '/konto/personen');
    // The same answer once more opens nothing.
    const again = (await answer).postData();
    const status = await chair.page.evaluate(async (body) => {
      const sent = await fetch('/konto/anmelden/passkey', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      return [sent.status, (await sent.json()).text];
    }, again);
    assert.deepEqual(status, [422, 'Das hat zu lange gedauert. Versuchen Sie es bitte noch einmal.']);
    chair.trouble = chair.trouble.filter((t) => !t.includes('422'));

    // Logged in by the passkey itself nobody sets up another: for that the mail has to be read. A second device.
    await chair.visit('/konto/zugang', 'zugang-mit-passkey');
    await chair.reads('zuletzt benutzt am', 'in der ersten halben Stunde');
    const laptop = await walk.person('laptop');
    await comesIn(walk, laptop, mail);
    await laptop.visit('/konto/zugang', 'zugang-zweites');
    await laptop.page.locator('summary', { hasText: 'Mein Handy entfernen' }).click();
    await laptop.press('Passkey entfernen', 'entfernt');
    await laptop.reads('Der Passkey ist entfernt.');

    // What it had opened is closed, and the device still has it: it opens nothing.
    await chair.visit('/konto', 'ausgesperrt');
    assert.equal(new URL(chair.page.url()).pathname, '/konto/anmelden');
    await stays(chair, 'Mit Passkey anmelden', 'Diesen Passkey kennen wir nicht, oder er gilt nicht mehr.');
    await chair.see('unbekannt');
    await comesIn(walk, chair, mail);
    await laptop.visit('/konto/zugang', 'zwei-geraete');
    await laptop.press(/^Abmelden/, 'geraet-abgemeldet');
    await laptop.reads('Dort öffnet sich nichts mehr.');
    await laptop.visit('/konto/zugang?sprache=en', 'englisch');
    await laptop.reads('Where you are logged in');
  },
  { server: { host: 'localhost' } },
);
