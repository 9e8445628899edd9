// What is kept: the applicant's page and file; the lead holds a case, names the archive and looks at what may go.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fire } from '../lib/samples.mjs';
import { lead, logIn, openAtDesk, openCase, sendIn } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

story('daten', 'Was gespeichert ist, wie lange, und alles zum Mitnehmen', kept, { only: long(crosswise), fresh: true });

async function kept(walk) {
  const sent = await sendIn(walk, 'brauchtumsfeuer', fire(walk.n));
  const club = await walk.person('verein');
  await openCase(club, sent);
  await club.follow('Ihre Daten', 'daten');
  await club.reads('Alles herunterladen', 'Wie lange wir sie aufheben', 'Telefon am Abend', 'Ihre Rechte', 'Zurückziehen heißt nicht löschen');
  const [file] = await Promise.all([club.page.waitForEvent('download'), club.page.getByRole('link', { name: /Daten laden/ }).click()]);
  assert.equal(file.suggestedFilename(), `${sent.reference}-daten.zip`);
  const bytes = await readFile(await file.path());
  assert.ok(bytes.subarray(0, 2).toString() === 'PK' && bytes.includes('lesen.html') && bytes.includes('daten.json'));
  await club.press('Anzeige zurückziehen', 'zurueckziehen');
  await club.reads('Nein, behalten');
  await club.visit(`/v/${sent.reference}/daten?sprache=en`, 'daten-englisch');
  await club.reads('Download everything', 'How long we keep it');

  const person = await walk.person('leitung');
  await logIn(person, lead);
  await openAtDesk(person, sent.reference);
  await person.follow('Löschen sperren', 'sperre');
  await person.press('Löschen sperren', 'sperre-fehler');
  await person.reads('Schreiben Sie den Grund in einem Satz.');
  await person.page.locator('#grund').fill('Klage beim Verwaltungsgericht, Az. 3 K 12/26.');
  await person.press('Löschen sperren', 'gesperrt');
  await person.reads('Das Löschen ist gesperrt.', 'Klage beim Verwaltungsgericht');
  await club.visit(`/v/${sent.reference}/daten?sprache=de`, 'daten-gesperrt');
  await club.reads('Das Amt hat das Löschen ausgesetzt.');

  await person.visit('/amt/loeschen', 'loeschen');
  await person.reads('Zum Löschen vorgesehen', 'Gesperrt', 'Klage beim Verwaltungsgericht');
  await person.page.locator('#archiv').fill('Kreisarchiv Altenburger Land');
  await person.page.locator('#tage').fill('3');
  await person.press('Archiv speichern', 'archiv-fehler');
  assert.equal(await person.page.locator('#archiv').inputValue(), 'Kreisarchiv Altenburger Land');
  await person.page.locator('#tage').fill('180');
  await person.press('Archiv speichern', 'archiv');
  await person.reads('Gespeichert.');

  await person.visit('/amt/auskunft', 'auskunft');
  await person.press('Vorgänge suchen', 'auskunft-fehler');
  await person.page.locator('#wer').fill(sent.reference);
  await person.press('Vorgänge suchen', 'auskunft-gefunden');
  await person.page.getByRole('checkbox').check();
  const [answer] = await Promise.all([person.page.waitForEvent('download'), person.page.getByRole('button', { name: 'Auskunft laden (ZIP)' }).click()]);
  assert.match(answer.suggestedFilename(), /^auskunft-\d{4}-\d\d-\d\d\.zip$/);
  await person.visit('/amt/verzeichnis', 'verzeichnis');
  await person.reads('Verzeichnis der Verarbeitungstätigkeiten', 'Brauchtumsfeuer', 'Ansprechpersonen');
}
