// Fills a form page from a set of answers, nested as in the HTTP contract, whatever the service asks.
// Fields are found by their names (the dotted path of the question), as a browser sends them.

/** The value at a dotted path, or undefined. */
export const at = (answers, path) => path.split('.').reduce((v, key) => (v == null ? undefined : v[key]), answers);

const german = (iso) => iso.split('-').reverse().join('.');

/** How a person types a value. */
export function typed(value) {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return german(value);
  return String(value);
}

/** Answers every question that the open page shows and the answers know. */
export async function fillPage(page, answers) {
  await addEntries(page, answers);
  const done = new Set();
  // With scripts a choice opens the fields that hang on it: again until nothing new shows. Choices
  // first, so that a text is not typed into a field that goes away.
  for (const kind of ['choice', 'rest', 'choice', 'rest']) {
    for (let before = -1; before !== done.size; ) {
      before = done.size;
      for (const field of await fields(page)) {
        const key = `${field.name} ${field.id}`;
        if (field.kind !== kind || done.has(key)) continue;
        const control = page.locator(`[id="${field.id}"]`);
        if (!(await control.isVisible())) continue;
        await fillOne(control, field, answers);
        done.add(key);
      }
      await settled(page);
    }
  }
}

const waiting = new WeakMap();

/** Counts what the page's scripts ask the server; called once for each page. */
export function watchScripts(page) {
  const open = new Set();
  waiting.set(page, open);
  page.on('request', (r) => r.resourceType() === 'fetch' && open.add(r));
  // Not "finished": a script that no longer wants an answer leaves its body unread.
  page.on('response', (r) => open.delete(r.request()));
  page.on('requestfailed', (r) => open.delete(r));
}

/** Waits until the page's scripts have their answers, as a person would see it. */
async function settled(page) {
  const open = waiting.get(page);
  if (!open) return;
  // The last field must lose the focus, or its change is not yet told.
  await page.evaluate(() => document.activeElement?.blur());
  for (let n = 0; n < 120; n += 1) {
    await page.waitForTimeout(50);
    if (open.size === 0) return;
  }
  throw new Error('die Seite wartet seit sechs Sekunden auf den Server');
}

/** The controls of the form in page order. */
function fields(page) {
  return page.locator('form[data-form]').evaluate((form) =>
    [...form.elements]
      .filter((e) => e.name && e.id && !e.closest('[aria-hidden=true]') && !['hidden', 'image', 'submit', 'button'].includes(e.type))
      .map((e) => ({
        id: e.id,
        name: e.name,
        value: e.value,
        type: e.type,
        kind: e.type === 'radio' || e.type === 'checkbox' ? 'choice' : 'rest',
      })),
  );
}

async function fillOne(control, field, answers) {
  if (field.name.endsWith('.offen')) {
    const open = at(answers, field.name.slice(0, -'.offen'.length)) === '?';
    await control.setChecked(open);
    return;
  }
  const value = at(answers, field.name);
  if (field.kind === 'choice') {
    const wanted =
      typeof value === 'boolean' ? field.value === (value ? 'ja' : 'nein') : [value].flat().filter((v) => v != null).map(String).includes(field.value);
    if (field.type === 'checkbox') await control.setChecked(wanted);
    else if (wanted) await control.check();
    return;
  }
  if (value == null || value === '?') return;
  if (field.type === 'file') {
    await control.setInputFiles({ name: value.name, mimeType: value.media_type, buffer: Buffer.from(value.content_base64, 'base64') });
  } else if (await control.evaluate((e) => e.tagName === 'SELECT')) {
    await control.selectOption(String(value));
  } else if (field.type === 'date' || field.type === 'time') {
    await control.fill(String(value));
  } else {
    await control.fill(typed(value));
  }
}

/** Presses "add" until each repeated question shows as many entries as the answers have. */
async function addEntries(page, answers) {
  for (;;) {
    const add = page.locator('button[name="_hinzufuegen"]');
    let pressed = false;
    for (let n = 0; n < (await add.count()); n += 1) {
      const group = await add.nth(n).getAttribute('value');
      const wanted = at(answers, group)?.length ?? 0;
      const shown = await page.locator(`[name^="${group}."]`).evaluateAll((all, g) => new Set(all.map((e) => e.name.slice(g.length + 1).split('.')[0])).size, group);
      if (shown >= wanted) continue;
      const loaded = page.waitForEvent('load');
      await add.nth(n).click();
      await loaded;
      pressed = true;
      break;
    }
    if (!pressed) return;
  }
}
