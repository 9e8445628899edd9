// A town that has never offered anything comes along: its lead opens the store, takes over a neighbour's rules, enters a
// room with its tariff, contact and bank, looks at it as on a phone and goes online. A stopwatch counts each click, choice
// and filled field. One way by mouse, one by keyboard alone.
import assert from 'node:assert/strict';
import { fire } from '../lib/samples.mjs';
import { answerAll, logIn } from './lib/people.mjs';
import { crosswise, story } from './lib/story.mjs';

const lead = 'leitung@zella-mehlis.example';
const base = '/amt/store';
const four = ['raumnutzung', 'brauchtumsfeuer', 'veranstaltungsanzeige', 'sperrzeit'];
const most = 30;

story('store', 'Eine Stadt kommt dazu', opting, { only: crosswise, fresh: true });
story('store-tasten', 'Eine Stadt kommt dazu, nur mit der Tastatur', (walk) => opting(walk, true), {
  only: (way) => way.scripts && way.width > 500,
  fresh: true,
});
story('store-danach', 'Proben, planen, pausieren, verlassen', afterwards, { only: crosswise, fresh: true });

/** Counts what somebody does, by mouse or by keyboard. */
class Hands {
  constructor(person, keyboard) {
    Object.assign(this, { person, keyboard, done: [] });
  }

  async to(locator) {
    const { page } = this.person;
    for (let n = 0; n < 150; n += 1) {
      if (await locator.evaluate((e) => e === document.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`mit der Tastatur nicht erreicht: ${locator}`);
  }

  /** A link or button that leads to another page. */
  async click(locator, name) {
    this.done.push(name);
    if (!this.keyboard) return this.person.press(locator, name);
    await this.to(locator);
    await this.person.press({ click: () => this.person.page.keyboard.press('Enter') }, name);
  }

  async fill(id, value) {
    this.done.push(id);
    const field = this.person.page.locator(`#${id}`);
    if (!this.keyboard) return field.fill(value);
    await this.to(field);
    await this.person.page.keyboard.press('ControlOrMeta+A');
    await this.person.page.keyboard.type(value);
  }
}

const paper = async (walk, service) => (await (await fetch(`${walk.server.url}/zella-mehlis/${service}`)).text()).includes('Noch auf Papier.');

async function opting(walk, keyboard = false) {
  const person = await walk.person('leitung');
  await logIn(person, lead);
  const { page } = person;
  const hands = new Hands(person, keyboard);
  const link = (name) => page.getByRole('link', { name }).first();
  const button = (name) => page.getByRole('button', { name }).first();
  for (const service of four) assert.ok(await paper(walk, service), `${service} ist schon online`);

  await hands.click(page.locator('.kc-tabs').getByRole('link', { name: 'Store' }), 'store');
  await person.reads('Digitales Vereinspaket', 'Noch ist nichts freigeschaltet.', 'Nachbarn');
  await hands.click(link(/^Einrichten/), 'paket');
  await person.reads('von 6 Schritten sind fertig', 'Nachbarn nutzen es', 'Erst, wenn die Schritte');
  // The neighbour's rules, of all four services, in one step.
  await hands.click(button(/^Alles wie in /), 'wie-nachbar');
  await person.reads('Übernommen.', /1\. Ihre Regeln.*fertig/s);
  await hands.click(link('Weiter: Räume und Tarife'), 'raum');
  await hands.fill('name', 'Rathaussaal');
  await hands.fill('tag_local_club', '50');
  await hands.fill('tag_resident', '100');
  await hands.fill('tag_outsider', '150');
  await hands.click(button('Raum speichern'), 'raum-fertig');
  await hands.click(link('Weiter: Kontakt und Wappen'), 'kontakt');
  assert.equal(await page.locator('#name').inputValue(), 'Stadt Zella-Mehlis');
  assert.equal(await page.locator('#plz').inputValue(), '98544');
  await hands.fill('strasse', 'Rathausstraße 4');
  await hands.fill('telefon', '03682 1234-0');
  await hands.fill('email', 'ordnung@zella-mehlis.example');
  await hands.click(button('Kontakt speichern'), 'kontakt-fertig');
  await hands.click(link('Weiter: Bankverbindung'), 'bank');
  await hands.fill('iban', 'DE02 1203 0000 0000 2020 51');
  await hands.click(button('Bankverbindung speichern'), 'bank-fertig');
  await hands.click(link('Weiter: Vorschau am Handy'), 'vorschau');
  await person.reads('So sehen es alle in Zella-Mehlis', 'Ganzen Antrag ausprobieren');
  await hands.click(button('Angesehen, weiter'), 'vorschau-fertig');
  await hands.click(link('Weiter: Freischalten'), 'freischalten');
  await hands.click(button('Freischalten'), 'frei');
  await person.reads('Freigeschaltet. Ab jetzt kommen die Vorgänge in Ihren Eingang.');
  assert.ok(hands.done.length <= most, `${hands.done.length} Handgriffe: ${hands.done.join(', ')}`);
  console.log(`${hands.done.length} Handgriffe für vier Leistungen, einen Raum mit Tarif, Kontakt und Bank`);

  // The citizen's pages work at once.
  for (const service of four) assert.ok(!(await paper(walk, service)), `${service} ist nicht online`);
  const club = await walk.person('verein');
  await club.visit('/zella-mehlis', 'ort');
  await club.reads('03682 1234-0');
  await club.visit('/zella-mehlis/raumnutzung', 'leistung');
  await club.follow(/Anfrage starten|Antrag starten|Raum anfragen/, 'frage');
  await club.reads('Wer möchte mieten?');
  await club.visit('/zella-mehlis/raeume', 'raeume');
  await club.reads('Rathaussaal');
  await person.visit(base, 'store-danach');
  await person.reads('freigeschaltet');
}

async function afterwards(walk) {
  const person = await walk.person('leitung');
  await logIn(person, lead);
  const { page } = person;
  const item = `${base}/brauchtumsfeuer`;
  await person.visit(item, 'leistung');
  await person.reads('Rechtsgrundlagen', 'So rechnen wir', 'Annahme, nicht gemessen');
  await person.follow('1. Ihre Regeln', 'regeln');
  await person.reads('Vorgabe', /\d+ von \d+ Orten/);
  await page.locator('#notice_days').fill('viele');
  await page.locator('#ordinance_url').fill('satzung.pdf');
  await person.press('Regeln speichern', 'regeln-fehler');
  await person.reads('ist keine ganze Zahl', 'ist keine Adresse im Netz');
  await page.locator('#notice_days').fill('14');
  await page.locator('#ordinance_url').fill('https://www.zella-mehlis.example/feuer.pdf');
  await person.press('Speichern und hierbleiben', 'regeln-gespeichert');
  await person.reads('Gespeichert.');
  await person.visit(`${base}/veranstaltungsanzeige/regeln`, 'regeln-lang');
  await person.visit(`${base}/vereinspaket/regeln`, 'regeln-paket');
  await contact(person);
  await trial(person);
  await person.visit(`${item}/freischalten`, 'freischalten');
  await person.choose('Wann?', 'An einem Tag');
  await page.locator('#tag').fill('gestern');
  await person.press('Freischalten', 'freischalten-fehler');
  await person.reads('Nennen Sie einen Tag nach heute');
  await page.locator('#tag').fill(soon());
  await person.press('Freischalten', 'geplant');
  await person.reads('Geplant. Bis dahin können Sie alles noch ändern.', `ab ${soon()}`);
  await person.press(/^Doch nicht am/, 'ungeplant');
  await person.visit(`${item}/freischalten`, 'freischalten-jetzt');
  await person.press('Freischalten', 'online');
  assert.ok(!(await paper(walk, 'brauchtumsfeuer')));
  await person.visit('/amt/eingang', 'eingang');
  assert.ok(!(await page.locator('body').innerText()).includes('Probe'), 'die Probe ist noch da');
  walk.forget('/amt/v/');
  await person.visit(item, 'leistung-online');
  await person.follow('Pausieren', 'pausieren');
  await person.press('Jetzt pausieren', 'pausiert');
  assert.ok(await paper(walk, 'brauchtumsfeuer'));
  await person.follow('Nicht mehr teilnehmen', 'verlassen');
  await person.press('Teilnahme beenden', 'verlassen-fertig');
  await person.reads('Sie nehmen hier nicht mehr teil.');
  await person.visit('/amt/einstellungen/verlauf?bereich=params', 'verlauf');
  await person.press(/^Stand davor zurückholen/, 'zurueckgeholt');
  await person.reads('Zurückgeholt.');
  await person.visit(`${base}?zeigen=offen`, 'store-offen');
  await person.visit(`${base}?zeigen=andere`, 'store-andere');
  await person.visit('/amt/einstellungen', 'einstellungen');
}

async function contact(person) {
  const { page } = person;
  await person.visit('/amt/einstellungen/kontakt?paket=brauchtumsfeuer', 'kontakt');
  for (const [id, value] of Object.entries({ strasse: 'Rathausstraße 4', telefon: '03682 1234-0', email: 'ordnung@zella-mehlis.example' })) await page.locator(`#${id}`).fill(value);
  await person.press('Kontakt speichern', 'kontakt-fertig');
}

/** An application to try out: marked wherever it is seen. */
async function trial(person) {
  const { page } = person;
  await person.visit(`${base}/brauchtumsfeuer/vorschau`, 'vorschau');
  await person.press(/^Ganzen Antrag ausprobieren/, 'probe');
  await person.reads('Probe: Sie füllen das Formular aus wie später alle.');
  await answerAll(person, fire());
  await person.reads('Das ist eine Probe.');
  await person.press('Vorgang anlegen', 'probe-vorgang');
  await person.reads('Probe');
  await person.visit('/amt/eingang', 'eingang-probe');
  assert.ok((await page.locator('table').innerText()).includes('Probe'));
}

const soon = () => new Date(Date.now() + 9 * 86_400_000).toLocaleDateString('de-DE', { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'Europe/Berlin' });
