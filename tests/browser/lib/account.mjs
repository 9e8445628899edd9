// Coming in to an account: the link that the demo's outbox shows.

/** The newest link that was written to this address. */
async function link(walk, mail) {
  for (let n = 0; n < 50; n += 1) {
    const text = await (await fetch(`${walk.server.url}/vorfuehrung/post`)).text();
    const plain = text.replaceAll('&#x2f;', '/');
    const at = plain.indexOf(mail);
    const found = at < 0 ? null : plain.slice(at).match(/\/konto\/anmelden\/[\w-]{22}/);
    if (found) return found[0];
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`kein Link an ${mail}`);
}

export async function comesIn(walk, person, mail) {
  await person.visit('/konto/anmelden', 'anmelden');
  await person.fill({ 'E-Mail': mail });
  await person.press('Link senden', 'gesendet');
  await person.reads('Sehen Sie in Ihr Postfach');
  await person.visit(await link(walk, mail), 'link');
  await person.reads(`Anmelden als ${mail}`);
  await person.press('Jetzt anmelden', 'angemeldet');
}

/** A club's account; its chair is logged in. */
export async function club(walk, person, mail) {
  await comesIn(walk, person, mail);
  await person.fill({ 'Name des Vereins': 'Festverein Lindenhof e. V.', 'Ihr Name': 'Katrin Sommer' });
  await person.press('Konto anlegen', 'konto');
}
