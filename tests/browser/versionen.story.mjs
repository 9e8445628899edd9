// A new version of a service: handed in by a command, looked at and approved by a second person of the competence centre,
// there for everybody at once, withdrawn with a reason. A red example hands nothing in.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logIn, password } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';
import { binary, root } from '../lib/server.mjs';

story('versionen', 'Eine zweite Person gibt eine neue Version frei', versions, { only: long(crosswise), fresh: true });

const id = 'brauchtumsfeuer';
const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Europe/Berlin' });
const german = today.split('-').reverse().join('.');

/** A copy of the service with these changes, [file, from, to]. */
function changed(changes) {
  const dir = join(mkdtempSync(join(tmpdir(), 'version-')), id);
  cpSync(join(root, 'services', id), dir, { recursive: true });
  for (const [file, from, to] of changes) {
    const text = readFileSync(join(dir, file), 'utf8');
    assert.ok(text.includes(from), `${file}: ${from}`);
    writeFileSync(join(dir, file), text.replace(from, to));
  }
  return dir;
}

/** A command on the story's data, while the server runs. */
const service = (walk, ...args) =>
  spawnSync(binary(), ['service', ...args, '--data', walk.server.data], { cwd: root, encoding: 'utf8' });

const handIn = (walk, dir) => service(walk, 'publish', dir, '--from', today, '--by', 'l.hartung@kompetenz.example');

/** The competence centre begins at its cockpit. */
async function comesIn(person, mail) {
  await person.visit('/amt/anmelden', 'anmelden');
  await person.fill({ 'Dienstliche E-Mail': mail, Passwort: password });
  await person.press('Anmelden', 'cockpit');
}

async function versions(walk) {
  const hint = ['texts.de.toml', 'm, gemessen von der Dachkante"\nshort', 'm, gemessen von der Traufe"\nshort'];
  const marshal = (lang, label) => [`texts.${lang}.toml`, '[question.fire.near]', `[question.fire.marshal]\nlabel = "${label}"\n\n[question.fire.near]`];
  const asks = ['form.toml', '[[page.question]]\nfield = "place.plan"', '[[page.question]]\nid = "fire.marshal"\ntype = "yes_no"\noptional = true\n\n[[page.question]]\nfield = "place.plan"'];
  const good = changed([hint, marshal('de', 'Ist die Feuerwehr dabei?'), marshal('en', 'Is the fire brigade there?'), asks]);
  const bad = changed([['service.toml', 'cents = "params.notice_fee"', 'cents = "params.notice_fee + 500"']]);

  const refused = handIn(walk, bad);
  assert.equal(refused.status, 1, refused.stdout);
  assert.match(refused.stdout + refused.stderr, /examples\/\w+\.toml:\d+:\d+: Heraus kam 500/);
  assert.match(refused.stderr, /Nichts ist eingereicht/);
  const handed = handIn(walk, good);
  assert.equal(handed.status, 0, handed.stderr);
  assert.match(handed.stdout, /neu +Frage „Ist die Feuerwehr dabei\?“/);
  assert.match(handed.stdout, /bisher: Mindestens \[Abstand zu Gebäuden\]\sm, gemessen von der Dachkante/);
  const said = service(walk, 'diff', id).stdout;
  assert.match(said, /Brauchtumsfeuer, Version 1 → 2: 2 Änderungen/);

  // Whoever handed in sees it, and cannot approve it.
  const first = await walk.person('einreichende');
  await comesIn(first, 'l.hartung@kompetenz.example');
  await first.follow(first.page.locator('.kc-tabs').getByRole('link', { name: 'Versionen' }), 'liste');
  await first.reads('Wartet auf die zweite Person', 'wartet auf Freigabe');
  await first.follow('Brauchtumsfeuer, Version 2', 'eigene');
  await first.reads('Freigeben muss eine andere Person');
  assert.equal(await first.page.getByRole('button', { name: /freigeben$/ }).count(), 0);

  const second = await walk.person('zweite');
  await comesIn(second, 't.berger@kompetenz.example');
  await second.visit('/cockpit/versionen', 'liste-zweite');
  await second.follow('Brauchtumsfeuer, Version 2', 'pruefen');
  await second.reads('Brauchtumsfeuer: Version 2 prüfen', 'Eingereicht von L. Hartung', 'Frage „Bis zum Gebäude“: Hinweis', 'Beispielen bestehen', 'Sie behalten Version 1 bis zum Ende');
  await second.press('Version 2 freigeben', 'fehler');
  assert.match(await second.page.title(), /^Fehler: /);
  await second.reads('Bestätigen Sie, dass Sie alle Änderungen gelesen haben.', 'Bestätigen Sie, dass das Recht stimmt.');
  await second.page.locator('#ab').fill(german);
  await second.page.locator('#gelesen').check();
  await second.page.locator('#recht').check();
  await second.press('Version 2 freigeben', 'freigegeben');
  await second.reads('Freigegeben.', 'T. Berger hat freigegeben', `Gilt ab ${german}`);

  // At once, for whoever applies.
  const club = await walk.person('verein');
  await club.visit(`/nobitz/${id}/antrag/kind`, 'frage');
  const holds = async () => (await (await fetch(`${walk.server.url}/api/v1/services/${id}/schema.json`)).text()).includes('marshal');
  assert.ok(await holds(), 'die neue Frage steht im Schema');

  // Withdrawn: with a reason, which the lead reads.
  await second.press('Version 2 zurückziehen', 'ohne-grund');
  await second.reads('Schreiben Sie den Grund.');
  await second.page.locator('#grund').fill('Die Frage nach der Feuerwehr ist überflüssig.');
  await second.press('Version 2 zurückziehen', 'zurueckgezogen');
  await second.reads('Zurückgezogen. Für neue Anträge gilt wieder die Version davor', 'Die Frage nach der Feuerwehr ist überflüssig.');
  await second.visit('/cockpit/versionen', 'liste-danach');
  const lead = await walk.person('leitung');
  await logIn(lead, 'leitung@nobitz.example');
  await lead.visit(`/amt/store/${id}/regeln`, 'einstellungen');
  await lead.reads('wurde am', 'Die Frage nach der Feuerwehr ist überflüssig.');
  for (const dir of [good, bad]) rmSync(join(dir, '..'), { recursive: true, force: true });
}
