// Finding one's place: by name, with umlauts and slips of the finger, by postcode, on the map.
import assert from 'node:assert/strict';
import { crosswise, story } from './lib/story.mjs';

story('orte', 'Ort finden', async (walk) => {
  const person = await walk.person('mensch');
  const search = async (text, name) => {
    await person.visit('/', `start-${name}`);
    await person.page.getByLabel('In welchem Ort?').fill(text);
    await person.press('Suchen', `suche-${name}`);
    return person.page.locator('main a').allInnerTexts();
  };
  const finds = async (text, place, name) => {
    const found = await search(text, name);
    assert.ok(found.some((line) => line.startsWith(place)), `„${text}“ findet ${place} nicht: ${found.join(' | ')}`);
  };

  await finds('Nobitz', 'Nobitz', 'name');
  await finds('noibtz', 'Nobitz', 'vertippt');
  await finds('goessnitz', 'Gößnitz', 'umlaut');
  await finds('04603', 'Nobitz', 'plz');

  // A place that was merged leads to the one that is responsible today.
  await search('Hohes Kreuz', 'frueher');
  await person.reads(/Hohes Kreuz.*Heiligenstadt/);

  // Two places of the same name are told apart by their district.
  const twins = await search('Elxleben', 'gleich');
  const lines = twins.filter((line) => line.startsWith('Elxleben'));
  assert.equal(lines.length, 2, `zwei Orte Elxleben, nicht ${lines.join(' | ')}`);
  assert.ok(lines.some((l) => /Ilm-Kreis/.test(l)) && lines.some((l) => /Sömmerda/.test(l)), lines.join(' | '));

  // A postcode that the register does not hold is no dead end.
  await search('99998', 'plz-unbekannt');
  const near = await person.page.locator('.kc-suggest a').count();
  assert.ok(near > 0, 'zur unbekannten Postleitzahl keine Orte in der Nähe');
  assert.ok(await person.page.getByRole('link', { name: /Karte/ }).count(), 'kein Weg zur Karte');

  // A name that nobody knows says so and offers the search again.
  await search('Xyzzyhausen', 'unbekannt');
  await person.reads('„Xyzzyhausen“');
  assert.equal(await person.page.getByLabel('In welchem Ort?').inputValue(), 'Xyzzyhausen');

  // The map leads to the same page, by its list too.
  await person.visit('/karte', 'karte');
  await person.follow(/Altenburger Land/, 'karte-kreis');
  await person.follow(/^Nobitz/, 'ort');
  await person.reads('Was möchten Sie erledigen?', 'Brauchtumsfeuer anzeigen');

  // An address that does not exist.
  await person.visit('/nobiz', 'ort-unbekannt', 404);
  await person.reads('Nobitz');
}, { only: crosswise });
