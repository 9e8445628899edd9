// The lead's settings: each page is opened, each form is sent once wrongly (the mistake stands beside its
// field, what was typed stays) and once rightly (it holds, and the history says who changed what).
import assert from 'node:assert/strict';
import { errors, lead, logIn, password } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

const base = '/amt/einstellungen';

story('einstellungen', 'Die Leitung stellt alles ein', settings, { only: long(crosswise), fresh: true });

async function settings(walk) {
  const person = await walk.person('leitung');
  await logIn(person, lead);
  await person.follow(person.page.locator('.kc-tabs').getByRole('link', { name: 'Einstellungen' }), 'uebersicht');
  await person.reads('Beispielwerte der Vorführung.', 'Grundlagen');
  await contact(person);
  await bank(person);
  await crest(person);
  await blocks(person);
  await rooms(person, walk.n);
  // The longest name of a service fits the narrowest phone.
  await person.visit('/amt/store/veranstaltungsanzeige/regeln', 'leistung-lang');
  await accounts(walk, person);
  await person.visit(`${base}/meldungen`, 'meldungen');
  await person.visit(`${base}/verlauf`, 'verlauf');
  await person.reads('H. Läbe', 'Kontoinhaber');
  await person.follow(person.page.locator('.kc-chip[href$="bereich=room"]'), 'verlauf-raeume');
  await person.reads('Raum Vereinsheim');
  await protocol(person);
  await carry(person);
}

/** Alles mitnehmen: erst der Code, dann noch einmal das Passwort, dann die Datei. */
async function carry(person) {
  const { page } = person;
  await person.follow(page.locator('.kc-chip[href$="mitnehmen"]'), 'mitnehmen');
  const code = await page.locator('.kc-facts b').innerText();
  await page.locator('#passwort').fill('falsch');
  await person.press('Datei laden', 'mitnehmen-fehler');
  await person.reads('Das jetzige Passwort stimmt nicht.', code);
  await page.locator('#passwort').fill(password);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Datei laden' }).click()]);
  assert.match(file.suggestedFilename(), /^nobitz-\d{4}-\d\d-\d\d-[0-9a-f]{16}\.age$/);
  await person.reads(code);
}

/** Prüfwerte, und die Liste der Leser: aus nur mit einem Grund. */
async function protocol(person) {
  await person.visit('/amt/protokoll', 'handlungen');
  await person.reads('Handlungen', 'Angemeldet');
  await person.follow('Nur gelesen', 'handlungen-gelesen');
  await person.reads('Protokoll gelesen');
  await person.visit(`${base}/protokoll`, 'protokoll');
  await wrongly(person, { grund: 'kurz' }, 'Liste abschalten', 'protokoll-fehler');
  await person.page.locator('#grund').fill('Im Amt arbeitet nur eine Person.');
  await person.press('Liste abschalten', 'protokoll-aus');
  await person.reads('Statt der Liste steht dort jetzt Ihr Grund', 'Im Amt arbeitet nur eine Person.');
  await person.press('Wieder zeigen', 'protokoll-an');
}

/** Sends a form with mistakes: each named field has its own sentence and keeps what was typed. */
async function wrongly(person, fields, button, name) {
  const { page } = person;
  for (const [id, value] of Object.entries(fields)) await page.locator(`[id="${id}"]`).fill(value);
  await person.press(button, name);
  assert.match(await page.title(), /^Fehler: /);
  const targets = await page.locator('.kc-errors a').evaluateAll((all) => all.map((a) => a.getAttribute('href').slice(1)));
  for (const [id, value] of Object.entries(fields)) {
    const field = page.locator(`[id="${id}"]`);
    assert.ok(targets.includes(id), `${name}: die Übersicht nennt ${id} nicht, nur ${targets.join(', ')}`);
    assert.equal(await field.inputValue(), value, `${name}: ${id} ist nicht behalten`);
    assert.equal(await field.getAttribute('aria-invalid'), 'true', id);
    const beside = await page.locator(`[id="${id}-err"]`).innerText();
    assert.ok(beside.trim().length > 15, `${name}: kein Satz bei ${id}`);
  }
}

async function contact(person) {
  const { page } = person;
  await person.visit(`${base}/kontakt`, 'kontakt');
  const before = await page.locator('#telefon').inputValue();
  await wrongly(person, { plz: '4603', telefon: '110', email: 'ordnungsamt', name: '' }, 'Kontakt speichern', 'kontakt-fehler');
  for (const [id, value] of Object.entries({ plz: '04603', telefon: before, email: 'ordnung@nobitz.example', name: 'Gemeinde Nobitz', zeit_1: '8 bis 12 Uhr' })) {
    await page.locator(`#${id}`).fill(value);
  }
  await person.press('Kontakt speichern', 'kontakt-gespeichert');
  await person.reads('Gespeichert. Ab jetzt steht es so auf den Seiten und in neuen Briefen.');
  const club = await person.walk.person('verein');
  await club.visit('/nobitz', 'ort');
  await club.reads('8 bis 12 Uhr');
}

async function bank(person) {
  const { page } = person;
  await person.visit(`${base}/bank`, 'bank');
  await wrongly(person, { inhaber: '', iban: 'DE02 1203 0000 0000 2020 52' }, 'Bankverbindung speichern', 'bank-fehler');
  await page.locator('#inhaber').fill(`Gemeindekasse Nobitz ${person.walk.n}`);
  await page.locator('#iban').fill('de02 1203 0000 0000 2020 51');
  await person.press('Bankverbindung speichern', 'bank-gespeichert');
  await person.reads(/Gespeichert/);
}

async function crest(person) {
  const { page } = person;
  const choose = (name, mimeType, text) => page.locator('#wappen').setInputFiles({ name, mimeType, buffer: Buffer.from(text) });
  await person.visit(`${base}/wappen`, 'wappen');
  await choose('wappen.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  await person.press('Wappen speichern', 'wappen-fehler');
  assert.ok((await errors(person)).length > 15, 'eine SVG mit Skript ist angenommen');
  await choose('wappen.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 46"><path d="M3 3h34v20c0 11-8 17-17 20C11 40 3 34 3 23z" fill="#0a7"/></svg>');
  await person.press('Wappen speichern', 'wappen-gespeichert');
  await person.reads('Gespeichert. Ab jetzt steht dieses Wappen auf den Seiten.');
  await page.getByText('Wappen entfernen', { exact: true }).click();
  await person.press('Wappen jetzt entfernen', 'wappen-entfernt');
  await person.reads('Das Wappen ist entfernt.');
}

async function blocks(person) {
  const { page } = person;
  await person.visit(`${base}/textbausteine`, 'bausteine');
  await person.follow(page.getByRole('link', { name: 'Satz anlegen' }), 'baustein');
  await wrongly(person, { titel: '', text: '' }, 'Satz speichern', 'baustein-fehler');
  await person.fill({ Titel: 'Wind', Text: 'Bei Wind ab Stärke 6 brennt kein Feuer.' });
  await person.press('Satz speichern', 'baustein-gespeichert');
  await person.reads('Gespeichert. Ab jetzt steht der Satz zur Auswahl.', 'Bei Wind ab Stärke 6 brennt kein Feuer.');
  await person.follow('Wind', 'baustein-aendern');
  await wrongly(person, { titel: '' }, 'Satz speichern', 'baustein-ohne-titel');
  await person.fill({ Titel: 'Starker Wind' });
  await person.press('Satz speichern', 'baustein-geaendert');
  await person.follow('Starker Wind', 'baustein-aendern');
  await person.follow('Löschen', 'baustein-loeschen');
  await person.press('Textbaustein löschen', 'baustein-geloescht');
  await person.reads('Der Textbaustein ist gelöscht.');
  person.walk.forget('/textbausteine/');
}

async function rooms(person, n) {
  const { page } = person;
  const name = `Vereinsheim ${n}`;
  await person.visit(`${base}/raeume`, 'raeume');
  await person.follow('Nobitz', 'raeume-nobitz');
  await person.reads('Saal Ehrenhain');
  await person.follow(page.getByRole('link', { name: 'Raum anlegen' }), 'raum-neu');
  await wrongly(person, { name: '', tag_local_club: 'viel' }, 'Raum speichern', 'raum-fehler');
  for (const [id, value] of Object.entries({ name, plaetze: '40', personen: '50', tag_local_club: '45,50', kaution_local_club: '100' })) await page.locator(`#${id}`).fill(value);
  await person.press('Raum speichern', 'raum-angelegt');
  await person.reads(name);
  await person.visit(`${base}/raeume?ort=16077036`, 'raeume-neu');
  await person.reads(name, /45,50\s€/);
  await person.follow(name, 'raum');
  await wrongly(person, { plaetze: '500' }, 'Raum und Tarife speichern', 'raum-plaetze');
  await page.locator('#plaetze').fill('45');
  await person.press('Raum und Tarife speichern', 'raum-gespeichert');
  await page.locator('#tarif_von').selectOption({ label: 'Saal Ehrenhain' });
  await person.press(/^Beträge übernehmen/, 'raum-tarif-wie');
  await person.reads('Die Beträge sind die von: Saal Ehrenhain.');
  await person.follow('Abschalten', 'raum-abschalten');
  await person.press('Raum abschalten', 'raum-aus');
  await person.visit(`${base}/raeume?ort=16077036`, 'raeume-aus');
  await person.follow(name, 'raum-aus');
  await person.press('Wieder buchbar machen', 'raum-an');
}

async function accounts(walk, person) {
  const { page } = person;
  const mail = `neu${walk.n}@nobitz.example`;
  const word = async () => (await page.locator('.kc-ref').innerText()).trim();
  await person.visit(`${base}/konten`, 'konten');
  await person.follow(page.getByRole('link', { name: 'Konto anlegen' }), 'konto-neu');
  await wrongly(person, { name: '', email: 'neu' }, 'Konto anlegen', 'konto-fehler');
  await person.fill({ 'Vorname und Name': `N. Neu ${walk.n}`, 'Dienstliche E-Mail': 's.krell@nobitz.example' });
  await person.press('Konto anlegen', 'konto-doppelt');
  assert.match(await errors(person), /gibt es schon ein Konto/);
  await person.fill({ 'Dienstliche E-Mail': mail });
  await person.press('Konto anlegen', 'konto-passwort');
  const first = await word();
  const clerk = await walk.person('neu');
  await logIn(clerk, mail, first);

  await person.follow('Passwort ist notiert', 'konten-neu');
  await person.follow(`N. Neu ${walk.n}`, 'konto');
  await wrongly(person, { name: '' }, 'Konto speichern', 'konto-ohne-name');
  await person.fill({ 'Vorname und Name': `N. Neumeier ${walk.n}` });
  await person.press('Konto speichern', 'konto-gespeichert');
  await person.follow(`N. Neumeier ${walk.n}`, 'konto');
  await person.follow('Neues Passwort erzeugen', 'passwort-neu');
  await person.press('Neues Passwort erzeugen', 'passwort-gezeigt');
  const second = await word();
  assert.ok(second !== first && second !== password);
  await clerk.visit('/amt/eingang', 'sitzung-beendet');
  await clerk.reads('Bitte melden Sie sich neu an.');
  await logIn(clerk, mail, second);

  await person.follow('Passwort ist notiert', 'konten');
  await person.follow(`N. Neumeier ${walk.n}`, 'konto');
  await person.follow('Konto sperren', 'sperren');
  await person.press('Konto sperren', 'gesperrt');
  await person.reads('Das Konto ist gesperrt.');
  await clerk.visit('/amt/eingang', 'gesperrt');
  await clerk.fill({ 'Dienstliche E-Mail': mail, Passwort: second });
  await clerk.press('Anmelden', 'gesperrt-anmelden');
  assert.match(await errors(clerk), /passen nicht zusammen/);
  await person.follow(`N. Neumeier ${walk.n}`, 'konto-gesperrt');
  await person.press('Konto freigeben', 'frei');
  await person.reads('Das Konto ist wieder frei.');
}
