// The competence centre looks at how far the municipalities have come, and an authority at its own figures: with the
// keyboard alone, on a phone and on a desk. The numbers are made up and carried by the worker's own jobs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary } from '../lib/server.mjs';
import { lead, password } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

const hartung = 'l.hartung@kompetenz.example';

story('cockpit', 'Cockpit und eigene Zahlen, nur mit der Tastatur', cockpit, { only: long(crosswise), fresh: true });

async function cockpit(walk) {
  const made = spawnSync(binary(), ['made-up', '--data', walk.server.data, '--cases', '6000'], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const centre = await walk.person('land');
  await enter(centre, hartung, 'cockpit-leer');
  await carried(centre, JSON.parse(made.stdout).this_year);
  await centre.visit('/cockpit', 'cockpit');
  await centre.reads(/von 605/, /Anträge \d{4}/, /Annahme: 50 Minuten/, 'Unter fünf Fällen zeigen wir keine Zahl.');

  // The trend as a table.
  await tabTo(centre, 'Anträge je Monat als Tabelle');
  await centre.page.keyboard.press('Enter');
  assert.ok(await centre.page.locator('#verlauf').isVisible());

  // Another service and another map.
  await pick(centre, 'Leistung', 'Brauchtumsfeuer');
  await pick(centre, 'Karte', 'Wünsche ohne Angebot');
  await go(centre, 'Zeigen', 'wuensche');
  await centre.reads('Wünsche, wo nichts angeboten wird', 'Landkreise: Brauchtumsfeuer', 'unter 5 oder verdeckt');

  // Down to a district and a place, and back.
  await go(centre, 'Altenburger Land', 'kreis');
  await centre.reads('Landkreis Altenburger Land', 'Gemeinden sind dabei', 'Nobitz');
  await go(centre, 'Nobitz', 'ort');
  await centre.reads('Gemeinde Nobitz', 'Leistungen sind online', 'online seit');
  await go(centre, 'Landkreis Altenburger Land', 'kreis-zurueck');
  await go(centre, 'Alle Landkreise', 'cockpit-zurueck');

  // File and report.
  await tabTo(centre, 'CSV');
  const file = await centre.context.request.get('/cockpit.csv');
  assert.match(await file.text(), /Schlüssel;Name;dabei;von;Anträge/);
  await go(centre, 'Bericht drucken', 'bericht');
  await centre.reads('Womit gerechnet ist', 'Schätzung des Projekts, nicht gemessen');
  if (walk.way.scripts) {
    await centre.page.emulateMedia({ media: 'print' });
    assert.equal(await centre.page.locator('.kc-deskbar').isVisible(), false);
    await centre.page.emulateMedia({ media: 'screen' });
  }
  await go(centre, 'Cockpit', 'cockpit-nach-bericht');

  // Assumptions: wrong, then right, with a history.
  await go(centre, /^Annahme: 50 Minuten/, 'annahmen');
  await write(centre, /spart$/, '999');
  await go(centre, 'Annahmen speichern', 'annahmen-fehler');
  await centre.reads('999 geht nicht. Erlaubt ist 0 bis 240.');
  await write(centre, /spart$/, '20');
  await go(centre, 'Annahmen speichern', 'annahmen-gespeichert');
  await centre.reads('Die Annahmen sind gespeichert.', '20 statt 35');
  await go(centre, 'Cockpit', 'cockpit-neu');
  await centre.reads('Annahme: 35 Minuten');

  // An authority sees its own figures and no cockpit.
  const office = await walk.person('amt');
  await enter(office, lead, 'eingang');
  await go(office, 'Zahlen', 'zahlen');
  await office.reads(/Zahlen \d{4}/, 'eingegangen', 'angefangen, nicht abgeschickt', 'Brauchtumsfeuer', 'Alle Leistungen');
  await office.visit('/cockpit', 'kein-cockpit', 403);
}

/** Logs in with the keyboard: two fields and a button. */
async function enter(person, mail, name) {
  await person.visit('/amt/anmelden', 'anmelden');
  await write(person, 'Dienstliche E-Mail', mail);
  await write(person, 'Passwort', password);
  await go(person, 'Anmelden', name);
}

/** Waits until the worker has carried the counters of all authorities. */
async function carried(centre, cases) {
  for (let n = 0; n < 90; n += 1) {
    const page = await (await centre.context.request.get('/cockpit')).text();
    if (page.includes(`<b>${cases.toLocaleString('de-DE')}</b><span>Anträge`)) return;
    await sleep(1000);
  }
  throw new Error('Die Zähler sind nach 90 Sekunden nicht übertragen.');
}

/** What has the focus: its name as a person hears it. */
const focused = (page) =>
  page.evaluate(() => {
    const el = document.activeElement;
    const label = el.id && document.querySelector(`label[for="${el.id}"]`);
    return (el.getAttribute('aria-label') || (label ? label.textContent : el.textContent) || '').replace(/\u00ad/g, '').replace(/\s+/g, ' ').trim();
  });

/** Goes on with the tabulator until something of this name has the focus. */
async function tabTo(person, name) {
  const fits = (text) => (name instanceof RegExp ? name.test(text) : text === name);
  for (let n = 0; n < 800; n += 1) {
    if (fits(await focused(person.page))) return;
    await person.page.keyboard.press('Tab');
  }
  throw new Error(`„${name}“ ist mit dem Tabulator nicht zu erreichen`);
}

async function go(person, name, seen) {
  await tabTo(person, name);
  await person.leave(() => person.page.keyboard.press('Enter'));
  await person.see(seen);
}

async function write(person, label, text) {
  await tabTo(person, label);
  await person.page.keyboard.press('Control+A');
  await person.page.keyboard.type(text);
}

/** Chooses in a list as the keyboard does: by typing the first letters. */
async function pick(person, label, option) {
  await tabTo(person, label);
  await person.page.keyboard.type(option);
  const chosen = await person.page.getByLabel(label, { exact: true }).evaluate((el) => el.options[el.selectedIndex].text);
  assert.equal(chosen, option);
}
