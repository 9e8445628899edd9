// A club applies with its account: what is known stands there, the application is found again without its code, what it
// says is remembered, and another one begins with it.
import assert from 'node:assert/strict';
import { fire } from '../lib/samples.mjs';
import { club } from './lib/account.mjs';
import { apply } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

const SERVICE = { service: 'Brauchtumsfeuer anzeigen', start: 'Anzeige starten', button: 'Anzeige absenden' };

story(
  'konto-antrag',
  'Mit dem Konto eines Vereins anzeigen',
  async (walk) => {
    const chair = await walk.person('vorsitz');
    await club(walk, chair, `k.sommer-${walk.n}@lindenhof.example`);
    await chair.reads('Noch kein Vorgang.');
    const answers = fire(walk.n);
    const { reference } = await apply(chair, { ...SERVICE, answers });
    await chair.reads('Für das nächste Mal merken?');
    await chair.press('Im Konto merken', 'gemerkt');
    await chair.reads('Gemerkt.');
    assert.equal(await chair.page.getByLabel('Straße').inputValue(), answers.contact.address.street);
    await chair.press('Speichern', 'angaben');
    await chair.reads('Gespeichert.');
    await chair.visit('/konto', 'vorgaenge');
    await chair.follow(chair.page.locator(`a[href="/v/${reference}"]`), 'stand');
    await chair.reads(reference);

    // The next one: what is known is there, with its source.
    await chair.visit('/nobitz/raumnutzung/antrag', 'frage');
    await chair.reads('aus dem Vereinskonto');
    await chair.page.locator('main').getByRole('button', { name: 'Weiter', exact: true }).waitFor();
    await chair.press('Weiter', 'weiter');
    await chair.visit('/konto', 'angefangen');
    await chair.reads('Angefangen');
    const draft = chair.page.locator('a[href^="/konto/entwurf/"]');
    assert.equal(await draft.count(), 1);
    await chair.follow(draft, 'entwurf');
  },
  { only: long(crosswise) },
);
