// The checks that every story relies on must find what they are there for.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { alike, checkAxe, checkAxeOfHtml, checkButtons, checkReflow, checkStructure } from './lib/checks.mjs';
import { launch } from './lib/story.mjs';

const good = { title: 'Eine gute Seite', body: '<main><h1>Gut</h1><p>Text</p></main>' };
const html = ({ title, body }) => `<!doctype html><html lang="de"><head><title>${title}</title>
  <meta name="viewport" content="width=device-width, initial-scale=1"><script src="/a.js"></script></head><body>${body}</body></html>`;

let browser;
let server;
let url;
let shown;
before(async () => {
  browser = await launch();
  server = createServer((request, answer) => {
    const script = request.url === '/a.js';
    answer.setHeader('content-type', script ? 'text/javascript' : 'text/html; charset=utf-8');
    answer.setHeader('content-security-policy', "default-src 'self'");
    answer.end(script ? 'document.addEventListener("DOMContentLoaded", () => document.querySelector("main").replaceChildren())' : html(shown));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${server.address().port}/`;
});
after(async () => {
  await browser.close();
  server.close();
});

async function open(page, { scripts = false } = {}) {
  shown = page;
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, javaScriptEnabled: scripts });
  const tab = await context.newPage();
  await tab.goto(url);
  return tab;
}

test('a good page passes', async () => {
  const page = await open(good);
  await checkStructure(page, 'x');
  await checkReflow(page, 'x');
  await checkAxeOfHtml(await browser.newContext(), page, 'x');
});

test('a page without a title, or with two h1, fails', async () => {
  await assert.rejects(checkStructure(await open({ ...good, title: '' }), 'x'), /kein Titel/);
  await assert.rejects(checkStructure(await open({ ...good, body: '<h1>A</h1><h1>B</h1>' }), 'x'), /genau eine h1/);
});

test('a line that is too wide fails, and its place is named', async () => {
  // 330 px fit on the phone, but not in 320 px.
  for (const width of ['330px', '600px']) {
    const page = await open(good);
    await page.evaluate((w) => {
      const box = document.querySelector('main').appendChild(document.createElement('pre'));
      box.className = 'breit';
      box.textContent = 'breit';
      box.style.width = w;
    }, width);
    await assert.rejects(checkReflow(page, 'x'), /seitwärts: .*pre\.breit/s);
  }
});

test('a button that is too small for its words fails', async () => {
  const page = await open({ ...good, body: '<main><h1>Gut</h1><button class="kern-btn">Ist bezahlt</button></main>' });
  await checkButtons(page, 'x');
  await page.evaluate(() => {
    Object.assign(document.querySelector('.kern-btn').style, { width: '40px', padding: 0, whiteSpace: 'nowrap' });
  });
  await assert.rejects(checkButtons(page, 'x'), /stehen über.*Ist bezahlt/s);
});

test('axe finds a field without a label in both kinds of walk, and pale text in the dark', async () => {
  const bad = { ...good, body: '<main><h1>A</h1><input name="a"></main>' };
  const page = await open(bad);
  await assert.rejects(checkAxeOfHtml(await browser.newContext(), page, 'x'), /label/);
  const scripted = await open({ ...good, body: '<main><h1>A</h1></main>' }, { scripts: true });
  await scripted.setContent(html({ ...bad, title: 'B' }).replace(/<script.*?<\/script>/, ''));
  await assert.rejects(checkAxe(scripted, 'x'), /label/);
  // Not behind the toy server's policy, which would drop the inline style.
  const dark = await (await browser.newContext()).newPage();
  await dark.setContent(
    '<!doctype html><html lang="de"><title>Dunkel</title><style>@media (prefers-color-scheme: dark) { body { background: #222 } p { color: #333 } }</style>' +
      '<main><h1>A</h1><p>blass</p></main></html>',
  );
  await assert.rejects(checkAxe(dark, 'x'), /dunkel: axe findet\s+color-contrast/);
});

test("the page's own scripts do not run where axe reads a page walked without scripts", async () => {
  const page = await open({ ...good, body: '<main><h1>A</h1><noscript><img src="/b.png"></noscript></main>' });
  // The script would empty `main`, and axe would then not see the picture without a text.
  await assert.rejects(checkAxeOfHtml(await browser.newContext(), page, 'x'), /image-alt/);
});

test('a heading of another level is another page, another number is not', () => {
  assert.notEqual(alike('<h2>Am 24.11.2026</h2>'), alike('<h3>Am 24.11.2026</h3>'));
  assert.equal(alike('<h2>Am 24.11.2026</h2>'), alike('<h2>Am 25.12.2027</h2>'));
  assert.equal(alike('<a href="/v/NOB-FEUER-26-0147-K">1</a>'), alike('<a href="/v/NOB-RAUM-26-0148-L">2</a>'));
});
