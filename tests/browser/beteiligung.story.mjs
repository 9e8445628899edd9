// Andere Stellen beteiligen: das Landratsamt an seinem Platz, die Polizei mit einem Link aus der Mail. Beide
// antworten, die Antworten stehen im Vorgang; ein zurückgezogener Link öffnet nichts mehr.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fire } from '../lib/samples.mjs';
import { district, errors, krell, logIn, openAtDesk } from './lib/people.mjs';
import { desk, long, story } from './lib/story.mjs';

/** A case without walking through its form: that is the story of `feuer`. */
async function bonfire(walk) {
  const answer = await fetch(`${walk.server.url}/api/v1/authorities/16077036/services/brauchtumsfeuer/applications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify({ answers: fire(walk.n) }),
  });
  assert.equal(answer.status, 201, 'der Vorgang ist da');
  return (await answer.json()).reference;
}

/** The newest mail to an address, from the demo's outbox. */
async function mailTo(person, address) {
  for (let n = 0; n < 40; n += 1) {
    await person.page.goto('/vorfuehrung/post');
    const mail = person.page.locator('details', { hasText: address }).first();
    if (await mail.count()) return mail.locator('pre').textContent();
    await person.page.waitForTimeout(250);
  }
  throw new Error(`keine Mail an ${address}`);
}

const path = (text) => new URL(text.match(/https?:\/\/\S+\/stellungnahme\/\S+/)[0]).pathname;

async function ask(clerk, fields) {
  await clerk.follow(clerk.page.locator('a[href*="/beteiligen"]').filter({ visible: true }).first(), 'beteiligen');
  await clerk.reads('Andere Stelle beteiligen', 'Das sieht die andere Stelle');
  assert.ok(await clerk.page.locator('li', { hasText: 'Angabe zu einer Person' }).count(), 'was zu einer Person gehört, ist gekennzeichnet');
  for (const field of fields) await clerk.page.getByLabel(field, { exact: true }).check();
}

story('beteiligung', 'Andere Stellen beteiligen', async (walk) => {
  const reference = await bonfire(walk);
  const police = `pi-${walk.n}@polizei.example`;
  const clerk = await walk.person('amt');
  await logIn(clerk, krell);
  await openAtDesk(clerk, reference);

  // The district, at its desk.
  await ask(clerk, ['Landratsamt Altenburger Land']);
  await clerk.fill({ 'Ihre Frage': '' });
  await clerk.press('Anfrage senden', 'beteiligen-fehler');
  assert.match(await errors(clerk), /Schreiben Sie Ihre Frage/);
  await clerk.fill({ 'Ihre Frage': 'Brennen an diesem Tag noch andere Feuer in der Nähe?' });
  if (!walk.way.scripts) await clerk.press('Vorschau erneuern', 'beteiligen-vorschau');
  assert.equal(await clerk.page.locator('[data-consult-question]').innerText(), 'Brennen an diesem Tag noch andere Feuer in der Nähe?');
  await clerk.press('Anfrage senden', 'gefragt');
  await clerk.reads('Die Anfrage ist unterwegs.', 'Beteiligte Stellen', 'offen bis');

  // The police, by a link.
  await ask(clerk, ['Eine andere Stelle, mit Link per E-Mail']);
  await clerk.fill({ 'Name der anderen Stelle': `Polizeiinspektion ${walk.n}`, 'E-Mail der anderen Stelle': police });
  await clerk.press('Anfrage senden', 'gefragt-zwei');
  await clerk.reads(`Polizeiinspektion ${walk.n}`, police);

  const officer = await walk.person('polizei');
  const link = path(await mailTo(officer, police));
  await officer.visit(link, 'frage');
  await officer.reads('Was sagen Sie zu:', reference, `Der Link ist für: Polizeiinspektion ${walk.n}`, 'Er gilt bis');
  const body = await officer.page.locator('body').innerText();
  for (const person of ['Katrin Sommer', '0151 23456789', 'Jens Albrecht']) assert.ok(!body.includes(person), `${person} steht auf der Seite`);
  await officer.press('Stellungnahme senden', 'fehler');
  await officer.reads('Wählen Sie Ihr Ergebnis.');
  await officer.choose('Was ist Ihr Ergebnis?', 'Keine Bedenken, wenn Auflagen gelten');
  await officer.fill({ 'Auflagen oder Gründe freiwillig': 'Die Zufahrt bleibt frei.', 'Ihr Name': 'PHK Weber', 'Telefon für Rückfragen': '03447 5678-0' });
  await officer.press('Stellungnahme senden', 'angekommen');
  await officer.reads('Ihre Stellungnahme ist angekommen.', 'Die Zufahrt bleibt frei.');
  assert.equal(await officer.page.getByRole('button', { name: 'Stellungnahme senden' }).count(), 0, 'ein zweites Mal geht es nicht');

  // The district is reminded, and answers.
  await clerk.page.reload();
  await clerk.see('beantwortet');
  await clerk.reads('Keine Bedenken, wenn Auflagen gelten', 'PHK Weber', 'Die Zufahrt bleibt frei.');
  await clerk.follow(/^Erinnern/, 'erinnern');
  await clerk.press('Erinnern', 'erinnert');
  await clerk.reads('Die Stelle ist erinnert.', 'Erinnert am');
  const peer = await walk.person('landratsamt');
  await logIn(peer, district);
  await peer.visit('/amt/stellungnahmen', 'stellungnahmen');
  await peer.reads('erinnert am');
  await peer.follow(peer.page.locator('.kc-rows li', { hasText: reference }).locator('a'), 'anfrage');
  await peer.choose('Was ist Ihr Ergebnis?', 'Keine Bedenken');
  await peer.fill({ 'Telefon für Rückfragen': '03447 1234-380' });
  await peer.press('Stellungnahme senden', 'gesendet');

  // A third office is asked and the question taken back: its link is dead.
  const wrong = `falsch-${walk.n}@example.org`;
  await ask(clerk, ['Eine andere Stelle, mit Link per E-Mail']);
  await clerk.fill({ 'Name der anderen Stelle': 'Falsche Stelle', 'E-Mail der anderen Stelle': wrong });
  await clerk.press('Anfrage senden', 'gefragt-drei');
  const stranger = await walk.person('fremd');
  const dead = path(await mailTo(stranger, wrong));
  await clerk.follow(clerk.page.locator('li', { hasText: 'Falsche Stelle' }).getByRole('link', { name: /^Zurückziehen/ }), 'zurueckziehen');
  await clerk.press('Anfrage zurückziehen', 'zurueckgezogen');
  await clerk.reads('Die Anfrage ist zurückgezogen.', 'zurückgezogen am');
  await stranger.visit(dead, 'link-tot', 404);
  await stranger.reads('Dieser Link gilt nicht mehr', 'Rufen Sie die Behörde an');

  // A fourth is asked, and then the application is withdrawn: the link says why nobody needs to answer.
  const late = `wehr-${walk.n}@example.org`;
  await ask(clerk, ['Eine andere Stelle, mit Link per E-Mail']);
  await clerk.fill({ 'Name der anderen Stelle': 'Feuerwehr', 'E-Mail der anderen Stelle': late });
  await clerk.press('Anfrage senden', 'gefragt-vier');
  const brigade = await walk.person('feuerwehr');
  const settled = path(await mailTo(brigade, late));
  await clerk.follow('Auf Wunsch zurückziehen', 'antrag-zurueckziehen');
  await clerk.page.locator('#grund').fill('Der Verein hat angerufen.');
  await clerk.press(clerk.page.locator('main form button[type="submit"]').first(), 'antrag-zurueckgezogen');
  await brigade.visit(settled, 'erledigt', 410);
  await brigade.reads('Die Anfrage hat sich erledigt', 'Der Antrag wurde zurückgezogen.');
}, { only: long(desk) });
