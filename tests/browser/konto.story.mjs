// A club's account: the link by mail, the account, somebody asked in, the office handed over, out everywhere.
import assert from 'node:assert/strict';
import { comesIn } from './lib/account.mjs';
import { crosswise, long, story } from './lib/story.mjs';

story(
  'konto',
  'Konto eines Vereins',
  async (walk) => {
    const sommer = `k.sommer-${walk.n}@lindenhof.example`;
    const albrecht = `j.albrecht-${walk.n}@lindenhof.example`;
    const chair = await walk.person('vorsitz');
    await chair.visit('/', 'start');
    await chair.follow('Konto', 'anmelden');
    await chair.press('Link senden', 'anmelden-fehler');
    await chair.reads('Nennen Sie eine E-Mail-Adresse.');
    await comesIn(walk, chair, sommer);
    await chair.reads('Konto anlegen');
    await chair.press('Konto anlegen', 'neu-fehler');
    await chair.fill({ 'Name des Vereins': 'Festverein Lindenhof e. V.', 'Ihr Name': 'Katrin Sommer' });
    await chair.press('Konto anlegen', 'konto');
    await chair.reads('Festverein Lindenhof e. V.', 'Katrin Sommer', 'Vorstand');

    await chair.follow('Alles mitnehmen', 'mitnehmen');
    await chair.reads('Alles mitnehmen', 'Zugangscodes sind nicht darin');
    await chair.visit('/konto', 'konto-wieder');
    await chair.follow('Ändern', 'personen');
    await chair.follow('Person einladen', 'einladen');
    await chair.press('Einladung senden', 'einladen-fehler');
    await chair.fill({ 'Vorname und Nachname': 'Jens Albrecht', 'E-Mail der Person': albrecht });
    await chair.page.getByLabel('Kasse').check();
    await chair.press('Einladung senden', 'eingeladen');
    await chair.reads('Die Einladung ist unterwegs.', 'Jens Albrecht', 'eingeladen');

    const next = await walk.person('kasse');
    await comesIn(walk, next, albrecht);
    await next.reads('Welches Konto?', 'Sie sind eingeladen.');
    await next.follow(/Ansehen und antworten/, 'einladung');
    await next.reads('Einladung von Festverein Lindenhof e. V.', 'Kasse');
    await next.press('Annehmen', 'angenommen');
    await next.press(/^Öffnen/, 'kasse');
    await next.reads('Sie: Kasse');

    await chair.visit('/konto', 'konto-zwei');
    await chair.follow('Amt übergeben', 'amt');
    await chair.press('Amt anbieten', 'amt-fehler');
    await chair.page.getByLabel(/Jens Albrecht/).check();
    const day = new Date(Date.now() + 40 * 86_400_000).toLocaleDateString('de-DE', { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'Europe/Berlin' });
    await chair.fill({ 'Erster Tag der Nachfolge': day });
    await chair.press('Amt anbieten', 'angeboten');
    await chair.reads('Das Amt ist angeboten.');
    await next.visit('/konto', 'angeboten');
    await next.follow('Ansehen und antworten', 'amt');
    await next.reads('Das bisherige Amt endet am Tag davor.');
    await next.press('Annehmen', 'uebernommen');

    await chair.visit('/konto/personen', 'personen-danach');
    await chair.follow('Jens Albrecht', 'person');
    await chair.follow(/^Beenden.*Kasse/, 'beenden');
    await chair.press('Aufgabe beenden', 'beendet');
    await chair.reads('Die Aufgabe ist beendet.');
    await next.visit('/konto', 'ohne-recht');
    assert.notEqual(new URL(next.page.url()).pathname, '/konto');
    await chair.visit('/konto/loeschen', 'loeschen-andere');
    await chair.reads('Vorsitz übergeben');
    await chair.visit('/konto', 'konto-ende');
    await chair.follow('Überall abmelden', 'ueberall');
    await chair.press('Überall abmelden', 'abgemeldet');
    await chair.reads('Anmelden');

    const alone = await walk.person('allein');
    await comesIn(walk, alone, `m.wolf-${walk.n}@lindenhof.example`);
    await alone.fill({ 'Name des Vereins': 'Heimatverein Sonnental e. V.', 'Ihr Name': 'Miriam Wolf' });
    await alone.press('Konto anlegen', 'konto');
    await alone.follow('Konto löschen', 'loeschen');
    await alone.reads('Das lässt sich nicht zurückholen.');
    await alone.press('Ja, endgültig löschen', 'geloescht');
    await alone.reads('Ihr Konto ist gelöscht.');
  },
  { only: long(crosswise) },
);
