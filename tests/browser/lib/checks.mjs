// What every page must keep, whatever it shows: a title, one h1, no sideways scroll on a phone, no
// mistake in the browser's console and no finding of axe-core. A failed check names page and place.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const checked = new Set();

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

/** axe-core in the page that is open; by evaluate, since our content policy forbids foreign scripts. */
export async function checkAxe(page, where) {
  const once = createHash('sha256').update(`${page.viewportSize().width} ${await page.content()}`).digest('hex');
  if (checked.has(once)) return;
  await page.evaluate(axe);
  await report(page, where, { runOnly: { type: 'tag', values: tags } });
  await page.emulateMedia({ colorScheme: 'dark' });
  await report(page, `${where}, dunkel`, { runOnly: { type: 'rule', values: ['color-contrast'] } });
  await page.emulateMedia({ colorScheme: 'light' });
  checked.add(once);
}

async function report(page, where, options) {
  const found = await page.evaluate(async (o) => {
    const { violations } = await globalThis.axe.run(document, { ...o, resultTypes: ['violations'] });
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
export async function checkAxeOfHtml(context, url, html, where) {
  const once = createHash('sha256').update(html).digest('hex');
  if (checked.has(once)) return;
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
    await checkAxe(page, `${where}, ohne Skripte`);
    checked.add(once);
  } finally {
    await page.close();
  }
}
