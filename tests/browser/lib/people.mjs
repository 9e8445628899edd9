// What people do in more than one story: find the place, answer a whole form, log in at the desk.
// Words are those on the screen; if a page changes its words, it changes here once.
import assert from 'node:assert/strict';
import { fillPage } from './answers.mjs';

export const nobitz = { ags: '16077036', name: 'Nobitz', path: '/nobitz' };

/** A complete, valid set of answers as the server offers it today for this place. */
export async function exampleAnswers(walk, service, ags = nobitz.ags, n = 0) {
  const answer = await fetch(`${walk.server.url}/api/v1/authorities/${ags}/services/${service}/schema.json`);
  assert.equal(answer.status, 200, 'schema.json');
  const { examples } = await answer.json();
  assert.ok(examples?.length > n, `schema.json bietet zu wenige Beispiele: ${examples?.length}`);
  return structuredClone(examples[n]);
}

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

/** Opens the status page with reference and code, as from another device. */
export async function openCase(applicant, { reference, code }) {
  await applicant.visit('/stand', 'stand');
  await applicant.fill({ Aktenzeichen: reference, Zugangscode: code });
  await applicant.press('Vorgang öffnen', 'status');
}
