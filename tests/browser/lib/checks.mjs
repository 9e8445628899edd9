// What every page must keep, whatever it shows: a title, one h1, no sideways scroll on a phone, no
// mistake in the browser's console and no finding of axe-core. A failed check names page and place.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// Stories share many pages, and axe takes most of their time: a page that passed once in this run is
// not read again. `tools/test.mjs` empties the folder before a run.
const passed = join(dirname(fileURLToPath(import.meta.url)), '../../../target/axe-passed');

/** What changes with each run in the same page, and never what axe finds in it: references, ids, numbers
 *  (those of tags stay: a heading of another level is another page). */
export const alike = (html) =>
  html
    .replace(/\b[A-Z]{2,4}-[A-Z]+-\d+-[0-9A-Z]{4}-[0-9A-Z]\b/g, 'REF')
    .replace(/\b[0-9a-f]{16,}\b/g, 'ID')
    .replace(/(<\/?[a-z]+\d*)|\d+/gi, (_, tag) => tag ?? '0');

/** Runs `check` unless the same HTML with the same styles at the same width has passed as one of `kinds`, the
 *  first of which is what `check` itself does; the others do all of that and more. */
async function once(page, kinds, html, check) {
  const { width } = page.viewportSize();
  const sheets = await page.evaluate(() => [...document.styleSheets].map((sheet) => sheet.href ?? sheet.ownerNode.textContent));
  const mark = (kind) => join(passed, createHash('sha256').update([kind, width, ...sheets, alike(html), axe].join('\n')).digest('hex'));
  if (kinds.some((kind) => existsSync(mark(kind)))) return;
  await check();
  mkdirSync(passed, { recursive: true });
  writeFileSync(mark(kinds[0]), '');
}

/** The page's own structure; works with scripts switched off too. */
export async function checkStructure(page, where) {
  const title = await page.title();
  assert.ok(title.trim().length > 3, `${where}: kein Titel`);
  const headings = await page.locator('h1').allInnerTexts();
  assert.equal(headings.length, 1, `${where}: genau eine h1, nicht ${JSON.stringify(headings)}`);
  assert.ok(headings[0].trim(), `${where}: leere h1`);
}

/** WCAG 1.4.10: nothing sticks out sideways, at the page's width and at 320 px. */
export async function checkReflow(page, where) {
  const size = page.viewportSize();
  const widths = size.width < 500 ? [size.width, 320] : [size.width];
  for (const width of widths) {
    await page.setViewportSize({ width, height: size.height });
    const out = await page.evaluate(() => {
      const root = document.documentElement;
      if (root.scrollWidth <= root.clientWidth) return null;
      const wide = [...document.querySelectorAll('body *')]
        .filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1)
        .map((e) => `${e.tagName.toLowerCase()}.${e.className}`)
        .slice(0, 5);
      return `${root.scrollWidth} px breit in ${root.clientWidth} px: ${wide.join(', ')}`;
    });
    assert.equal(out, null, `${where}: scrollt bei ${width} px seitwärts: ${out}`);
  }
  await page.setViewportSize(size);
}

/** The words of a button lie within it. */
export async function checkButtons(page, where) {
  const out = await page.evaluate(() =>
    [...document.querySelectorAll('.kern-btn')]
      .filter((button) => button.offsetWidth && button.scrollWidth > button.clientWidth + 1)
      .map((button) => `${button.innerText.trim()} (${button.scrollWidth} px in ${button.clientWidth})`),
  );
  assert.deepEqual(out, [], `${where}: Wörter stehen über`);
}

/** axe-core in the page that is open; by evaluate, since our content policy forbids foreign scripts. */
export async function checkAxe(page, where) {
  await once(page, ['hell und dunkel'], await page.content(), async () => {
    await page.evaluate(axe);
    await report(page, where, { runOnly: { type: 'tag', values: tags } });
    await page.emulateMedia({ colorScheme: 'dark' });
    await report(page, `${where}, dunkel`, { runOnly: { type: 'rule', values: ['color-contrast'] } });
    await page.emulateMedia({ colorScheme: 'light' });
  });
}

async function report(page, where, options) {
  const found = await page.evaluate(async (o) => {
    // The bar at the window's foot covers whatever is scrolled under it; that is no target of too small a size.
    const bars = [...document.querySelectorAll('.kc-actionbar')];
    for (const bar of bars) bar.style.position = 'static';
    const { violations } = await globalThis.axe.run(document, { ...o, resultTypes: ['violations'] });
    for (const bar of bars) bar.style.position = '';
    return violations.map((v) => ({
      rule: v.id,
      help: v.help,
      places: v.nodes.slice(0, 5).map((n) => `${n.target.join(' ')}  ${n.failureSummary.split('\n').slice(1).join(' ').trim()}`),
    }));
  }, options);
  const words = found.map((v) => `${v.rule} (${v.help})\n    ${v.places.join('\n    ')}`).join('\n  ');
  assert.equal(found.length, 0, `${where}: axe findet\n  ${words}`);
}

/** The same for a page that was walked without scripts: its HTML opened where axe may run but the
 *  page's own scripts may not. `noscript` is unwrapped, since this second browser has scripts on. */
export async function checkAxeOfHtml(context, walked, where) {
  const html = await walked.content();
  const url = walked.url();
  await once(walked, ['hell', 'hell und dunkel'], html, async () => {
    const page = await context.newPage();
    try {
      const body = html.replace(/<\/?noscript[^>]*>/gi, '');
      await page.route('**/*', (route) => {
        const request = route.request();
        if (request.resourceType() === 'script') return route.abort();
        if (request.isNavigationRequest()) {
          const policy = { 'content-security-policy': "script-src 'none'" };
          return route.fulfill({ status: 200, contentType: 'text/html; charset=utf-8', headers: policy, body });
        }
        return route.continue();
      });
      await page.goto(url);
      await page.evaluate(axe);
      await report(page, `${where}, ohne Skripte`, { runOnly: { type: 'tag', values: tags } });
    } finally {
      await page.close();
    }
  });
}
