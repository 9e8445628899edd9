// Logging in with a code from the telephone: set up because the authority wants it, the emergency codes, the next
// log-in, one's own page, and the lead's help for a lost telephone.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { logIn } from './lib/people.mjs';
import { desk, story } from './lib/story.mjs';

const KRELL = { mail: 's.krell@nobitz.example', pass: 'Vorfuehrung-2026' };

/** What an app shows for this key now (RFC 6238); written anew here, so that it checks the server's. */
function shown(key, at = Date.now()) {
  const bits = [...key.replace(/[\s=]/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const n = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(n % 1_000_000).padStart(6, '0');
}

/** A code that was taken once is not taken again: waits for the app's next one. */
async function nextCode(key, last) {
  for (let n = 0; n < 70; n += 1) {
    if (shown(key) !== last) return shown(key);
    await new Promise((done) => setTimeout(done, 500));
  }
  throw new Error('der Code wechselt nicht');
}

async function password(person) {
  await person.fill({ 'Dienstliche E-Mail': KRELL.mail, Passwort: KRELL.pass });
}

story(
  'anmelden',
  'Anmelden mit Code',
  async (walk) => {
    const lead = await walk.person('leitung');
    await logIn(lead, 'leitung@nobitz.example');
    await lead.visit('/amt/einstellungen/konten', 'konten');
    await lead.press('Code von allen verlangen', 'pflicht');
    await lead.reads('Alle brauchen ab dem nächsten Anmelden einen Code.');

    const clerk = await walk.person('amt');
    await clerk.visit('/amt/anmelden', 'anmelden');
    await password(clerk);
    await clerk.press('Anmelden', 'einrichten');
    await clerk.reads('Richten Sie das Anmelden mit Code ein', 'Ihr Amt verlangt das von allen');
    await clerk.fill({ 'Code aus der App': '000000' });
    await clerk.press('Code einrichten', 'einrichten-falsch');
    await clerk.reads('Der Code passt nicht.');
    const key = await clerk.page.locator('.kc-steps b.kc-break').innerText();
    const first = shown(key);
    await clerk.fill({ 'Code aus der App': first });
    await clerk.press('Code einrichten', 'notfallcodes');
    await clerk.reads('Der Code ist eingerichtet', 'Wir zeigen sie nur jetzt.');
    const codes = await clerk.page.locator('.kc-codes li').allInnerTexts();
    assert.equal(codes.length, 8);
    await clerk.follow('Codes sind notiert', 'eingang');
    await clerk.visit('/amt/konto', 'konto');
    await clerk.reads('8 Notfallcodes sind übrig.');
    await clerk.follow('Handy wechseln, neue Notfallcodes', 'mein-code');
    await clerk.press('Neue Notfallcodes', 'mein-code-fehler');
    await clerk.reads('Geben Sie Ihr jetziges Passwort ein.');

    // At another computer.
    const other = await walk.person('zweiter-rechner');
    await other.visit('/amt/anmelden?ziel=/amt/zahlungen', 'anmelden-zurueck');
    await password(other);
    await other.press('Anmelden', 'code');
    await other.fill({ Code: '123456' });
    await other.press('Anmelden', 'code-falsch');
    await other.reads('Der Code passt nicht.');
    await other.fill({ Code: await nextCode(key, first) });
    await other.press('Anmelden', 'zahlungen');
    assert.equal(new URL(other.page.url()).pathname, '/amt/zahlungen');

    // Without the telephone.
    const third = await walk.person('ohne-handy');
    await third.visit('/amt/anmelden', 'anmelden');
    await password(third);
    await third.press('Anmelden', 'code');
    await third.fill({ Code: codes[3].toLowerCase() });
    await third.press('Anmelden', 'eingang');
    await third.visit('/amt/konto', 'konto-sieben');
    await third.reads('7 Notfallcodes sind übrig.');

    // The lead helps.
    await lead.visit('/amt/einstellungen/konten', 'konten-danach');
    await lead.follow(lead.page.getByRole('link', { name: /Krell/ }), 'konto-krell');
    await lead.follow('Code abschalten', 'code-abschalten');
    await lead.press('Code abschalten', 'abgeschaltet');
    await lead.reads('Der Code ist abgeschaltet. Alle Sitzungen dieses Kontos sind beendet.');
    await lead.press('Code freistellen', 'freigestellt');
    await third.visit('/amt/konto', 'wieder-anmelden');
    await third.reads('Anmelden zur Sachbearbeitung');
  },
  { fresh: true, only: desk },
);
