// What people do in more than one story: find the place, answer a whole form, log in at the desk.
// Words are those on the screen; if a page changes its words, it changes here once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fillPage } from './answers.mjs';

/** From the start page to the service's page, as somebody who knows only the name of the place. */
export async function findService(applicant, place, service) {
  await applicant.visit('/', 'start');
  await findPlace(applicant, place);
  await applicant.follow(service, 'leistung');
}

/** Types the place and takes it from the list of results. */
export async function findPlace(applicant, place) {
  await applicant.page.getByLabel('In welchem Ort?').fill(place);
  await applicant.press('Suchen', 'suche');
  await applicant.follow(new RegExp(`^${place}`), 'ort');
}

/** Answers page after page until the check page. Returns the titles in order. */
export async function answerAll(applicant, answers, { upTo } = {}) {
  const titles = [];
  for (let n = 1; n < 30; n += 1) {
    const title = await applicant.page.locator('h1').innerText();
    if (title === 'Stimmt alles?' || title === upTo) return titles;
    assert.notEqual(title, titles.at(-1), `„${title}“ nimmt die Antworten nicht an: ${await errors(applicant)}`);
    titles.push(title);
    await fillPage(applicant.page, answers);
    await applicant.press('Weiter', `frage-${n}`);
  }
  throw new Error(`kein Ende der Fragen: ${titles.join(' → ')}`);
}

/** The error summary's lines. */
export const errors = async (person) => (await person.page.locator('.kc-errors li').allInnerTexts()).join(' | ');

/** Sends from the check page; returns what the receipt says. */
export async function submit(applicant, button) {
  await applicant.press(button, 'empfang');
  return {
    reference: (await applicant.page.locator('[data-reference]').innerText()).trim(),
    code: (await applicant.page.locator('[data-access-code]').innerText()).trim(),
  };
}

/** A whole application from the start page to its receipt. */
export async function apply(applicant, { place = 'Nobitz', service, start, button, answers }) {
  await findService(applicant, place, service);
  await applicant.follow(start, 'frage');
  const titles = await answerAll(applicant, answers);
  return { titles, ...(await submit(applicant, button)) };
}

/** The same through the API, for stories that begin at the desk: what was sent, with its access code. */
export async function sendIn(walk, service, answers, place = '16077036') {
  const answer = await fetch(`${walk.server.url}/api/v1/authorities/${place}/services/${service}/applications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ answers }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(body));
  return { reference: body.reference, code: body.access_code };
}

/** Opens the status page with reference and code, as from another device. */
export async function openCase(applicant, { reference, code }) {
  await applicant.visit('/stand', 'stand');
  await applicant.fill({ Aktenzeichen: reference, Zugangscode: code });
  await applicant.press('Vorgang öffnen', 'status');
}

/** Accounts of the demo. */
export const password = 'Vorfuehrung-2026';
export const krell = 's.krell@nobitz.example';
export const lead = 'leitung@nobitz.example';
export const district = 'r.neumann@altenburgerland.example';

/** A clerk at the inbox. */
export async function logIn(clerk, mail, word = password) {
  await clerk.visit('/amt/anmelden', 'anmelden');
  await clerk.fill({ 'Dienstliche E-Mail': mail, Passwort: word });
  await clerk.press('Anmelden', 'eingang');
  assert.equal(await clerk.page.locator('h1').innerText(), 'Eingang');
}

/** Finds a case by its reference and opens it. */
export async function openAtDesk(clerk, reference) {
  await clerk.page.getByLabel(/^Suche/).fill(reference);
  await clerk.press('Suchen', 'suche');
  // The inbox looks in the open ones first; a decided case is one step further.
  const all = clerk.page.getByRole('link', { name: 'In allen Vorgängen suchen' });
  if (await all.count()) await clerk.follow(all, 'suche-alle');
  await clerk.follow(clerk.page.locator('[data-row]', { hasText: reference }).locator('[data-open]'), 'vorgang');
  await clerk.reads(reference);
}

/** Says yes, looks at the letter and sends it. Ten seconds later it is in effect. */
export async function approve(clerk) {
  await clerk.press(clerk.page.locator('.kc-actionbar [data-key="b"]'), 'brief');
  await clerk.press(clerk.page.locator('.kc-actionbar button[form="brief"]'), 'entschieden');
}

/** Waits on the status page until the letter is there; nothing but reloading, as a person would. */
export async function awaitLetter(applicant) {
  const button = applicant.page.getByRole('link', { name: 'Brief laden (PDF)' });
  for (let n = 0; n < 30; n += 1) {
    if (await button.count()) {
      await applicant.see('status-bescheid');
      return;
    }
    await applicant.page.waitForTimeout(1000);
    await applicant.page.reload();
  }
  throw new Error('der Bescheid ist nach 30 Sekunden nicht da');
}
