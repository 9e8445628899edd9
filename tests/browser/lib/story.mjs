// A story is one way through the product, walked four times: on a phone and on a desk's screen, with
// scripts and without; most only crosswise (`crosswise`, `desk`), so that both widths and both come by, the longest once (`long`). After each step the page must keep what checks.mjs asks of every page.
// What a story does stands in the *.story.mjs files; what a person does in them, in people.mjs.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { watchScripts } from './answers.mjs';
import { checkAxe, checkAxeOfHtml, checkButtons, checkReflow, checkStructure } from './checks.mjs';
import { pdfInfo, pdfPictures, pdfSound, pdfText } from './pdf.mjs';
import { root, Server } from '../../lib/server.mjs';

const pictures = join(root, 'target', 'pictures');
const failures = join(root, 'target', 'failures');
const ways = [
  { label: '390 px', width: 390, height: 844, scripts: true },
  { label: '1280 px', width: 1280, height: 900, scripts: true },
  { label: '390 px ohne Skripte', width: 390, height: 844, scripts: false },
  { label: '1280 px ohne Skripte', width: 1280, height: 900, scripts: false },
];

/** A phone with scripts and a desk's screen without, or the other way round where the keyboard counts. */
export const crosswise = (way) => way.scripts === way.width < 500;
export const desk = (way) => way.scripts === way.width > 500;

/** Of a long story `make test` walks the way with scripts only, or it would take too long; `make pictures` walks all.
 *  What its pages do without scripts, the stories through the router say. */
export const long = (ways) => (way) => ways(way) && (way.scripts || process.env.PICTURES === '1');

function browserPath() {
  // The shell without windows first: the whole browser draws its own bars for every page and takes five times as long.
  const paths = [process.env.CHROMIUM, '/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const path = paths.find((p) => p && existsSync(p));
  if (!path) throw new Error('Chromium fehlt. Nennen Sie seinen Pfad in CHROMIUM oder installieren Sie das Paket chromium-headless-shell.');
  return path;
}

export const launch = () =>
  chromium.launch({
    executablePath: browserPath(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** Declares a story. `id` begins the names of its pictures; `body(walk)` gets a `Walk`. All ways share
 *  one server, so a story must not care what stood there before; `walk.n` tells the ways apart. A story that
 *  changes the town itself asks for a `fresh` server each time. */
export function story(id, title, body, { only = () => true, fresh = false, server: options = {} } = {}) {
  describe(title, () => {
    let server;
    let browser;
    before(async () => {
      server = await Server.start({ name: `story-${id}`, ...options });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await server?.stop();
    });
    const walked = ways.filter((way) => only(way));
    ways.forEach((way, n) => {
      if (!walked.includes(way)) return;
      // Pictures show the pages with scripts, without them only where nobody else has this width.
      const pictured = way.scripts || !walked.some((w) => w.scripts && w.width === way.width);
      test(way.label, { timeout: 600_000 }, async () => {
        if (fresh && way !== walked[0]) {
          await server.stop();
          server = await Server.start({ name: `story-${id}-${n}`, ...options });
        }
        const walk = new Walk(id, { ...way, pictured }, n, server, browser);
        try {
          await body(walk);
          if (way === walked[0]) await walk.checkLinks();
          assert.deepEqual(walk.findings, [], 'Befunde auf den Seiten');
        } catch (error) {
          await walk.keepFailure(error);
          throw error;
        } finally {
          await walk.close();
        }
      });
    });
  });
}

export class Walk {
  constructor(id, way, n, server, browser) {
    Object.assign(this, { id, way, n, server, browser, steps: 0, letters: 0 });
    this.people = [];
    /** What the checks of the pages found; a story goes on and fails at its end. */
    this.findings = [];
    this.links = new Map();
  }

  /** Somebody with a browser of their own (own cookies): `applicant`, `clerk`, a second device … */
  async person(role) {
    const { width, height, scripts } = this.way;
    const context = await this.browser.newContext({
      baseURL: this.server.url,
      viewport: { width, height },
      javaScriptEnabled: scripts,
      locale: 'de-DE',
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const person = new Person(this, role, context, page);
    this.people.push(person);
    return person;
  }

  /** A context with scripts in which axe reads the pages of a walk without. */
  async reader() {
    const { width, height } = this.way;
    this.readerContext ??= await this.browser.newContext({ viewport: { width, height }, locale: 'de-DE' });
    return this.readerContext;
  }

  picture(name, person) {
    this.steps += 1;
    const number = String(this.steps).padStart(2, '0');
    return join(pictures, `${this.id}-${number}-${person}-${name}-${this.way.width}.png`);
  }

  /** What the story has deleted: links to it may end now. */
  forget(part) {
    for (const url of [...this.links.keys()]) if (url.includes(part)) this.links.delete(url);
  }

  /** Each link that a page of this walk showed leads somewhere. */
  async checkLinks() {
    const dead = [];
    for (const [url, { from, context }] of this.links) {
      const answer = await context.request.get(url, { maxRedirects: 5, failOnStatusCode: false });
      // What the story has changed meanwhile may answer that it is too late (409, 422); never "not found".
      if ([404, 405].includes(answer.status()) || answer.status() >= 500) dead.push(`${answer.status()} ${url} (auf ${from})`);
    }
    assert.deepEqual(dead, [], 'Links, die ins Leere führen');
  }

  async keepFailure(error) {
    mkdirSync(failures, { recursive: true });
    const before = error.message;
    for (const [n, person] of this.people.entries()) {
      const path = join(failures, `${this.id}-${this.n}-${n}-${person.role}.png`);
      await person.page.screenshot({ path, fullPage: true }).catch(() => {});
      error.message += `\n${person.role} war auf ${person.page.url()}, Bild: ${path}`;
    }
    if (this.findings.length && !error.message.startsWith('Befunde')) error.message += `\nBefunde auf den Seiten davor:\n${this.findings.join('\n')}`;
    error.message += `\nProtokoll: ${this.server.logFile}`;
    // The runner prints the stack, which keeps the message as it was thrown.
    error.stack = error.stack?.replace(before, () => error.message);
  }

  async close() {
    for (const person of this.people) await person.context.close();
    await this.readerContext?.close();
  }
}

export class Person {
  constructor(walk, role, context, page) {
    Object.assign(this, { walk, role, context, page });
    this.trouble = [];
    this.expected = 0;
    if (walk.way.scripts) watchScripts(page);
    page.on('pageerror', (e) => this.trouble.push(`Skript: ${e.message}`));
    page.on('console', (m) => {
      // The browser reports every 4xx page here too; those are steps of the story, not trouble.
      const status = Number(m.text().match(/the server responded with a status of (\d{3})/)?.[1]);
      const ofPage = m.location().url === page.url() && (Math.floor(status / 100) === 4 || status === this.expected);
      if (m.type() === 'error' && !ofPage) this.trouble.push(`Konsole: ${m.text()} (${m.location().url})`);
    });
    page.on('response', (r) => {
      if (r.status() >= 500 && r.status() !== this.expected) this.trouble.push(`${r.status()} ${r.url()}`);
      else if (r.status() >= 400 && r.request().resourceType() !== 'document') this.trouble.push(`${r.status()} ${r.url()}`);
    });
  }

  /** A status of 500 and more that is a step of the story. */
  expects(status) {
    this.expected = status;
  }

  /** Opens a page by its address, as from a bookmark or a mail. */
  async visit(path, name, status = 200) {
    const answer = await this.page.goto(path);
    assert.equal(answer.status(), status, `${path}: Status`);
    await this.see(name);
  }

  /** Follows a link: by its words, or by a locator. */
  async follow(link, name) {
    const locator = typeof link === 'string' || link instanceof RegExp ? this.page.getByRole('link', { name: link, exact: true }).first() : link;
    await this.leave(() => locator.click());
    await this.see(name);
  }

  /** Presses a button that sends a form and shows the next page. */
  async press(button, name) {
    const locator = typeof button === 'string' || button instanceof RegExp ? this.page.getByRole('button', { name: button, exact: true }).first() : button;
    await this.leave(() => locator.click());
    await this.see(name);
  }

  async leave(act) {
    const loaded = this.page.waitForEvent('load');
    loaded.catch(() => {});
    await act();
    await loaded;
  }

  /** The page that is open now: checked, and kept as a picture under this name. */
  async see(name) {
    const { walk, page } = this;
    const where = `${walk.id}, ${this.role}, ${name}, ${new URL(page.url()).pathname}`;
    const checks = [
      () => checkStructure(page, where),
      () => checkReflow(page, where),
      () => checkButtons(page, where),
      async () => (walk.way.scripts ? checkAxe(page, where) : checkAxeOfHtml(await walk.reader(), page, where)),
      () => assert.deepEqual(this.trouble.splice(0), [], `${where}: Fehler im Browser`),
    ];
    for (const check of checks) {
      try {
        await check();
      } catch (error) {
        walk.findings.push(error.code === 'ERR_ASSERTION' ? error.message : `${where}: ${error.stack}`);
      }
    }
    await this.keepLinks();
    if (process.env.PICTURES && walk.way.pictured) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: walk.picture(name, this.role), fullPage: true });
    }
  }

  async keepLinks() {
    const from = new URL(this.page.url()).pathname;
    const found = await this.page.locator('a[href]:not(svg a)').evaluateAll((all) => all.map((a) => a.href));
    for (const href of found) {
      const url = new URL(href);
      url.hash = '';
      // A page's own address (in the other language, say) is what it is: error pages are walked on purpose.
      if (url.origin !== this.walk.server.url || url.pathname === from || this.walk.links.has(url.href)) continue;
      this.walk.links.set(url.href, { from, context: this.context });
    }
  }

  /** Text that must be on the page. */
  async reads(...texts) {
    const text = fold(await this.page.locator('body').innerText());
    for (const t of texts) {
      const ok = t instanceof RegExp ? t.test(text) : text.includes(fold(t));
      assert.ok(ok, `${this.page.url()}: „${t}“ fehlt in: ${text.slice(0, 3000)}`);
    }
  }

  /** Fills fields by their labels: text, number, date; `true` or `false` ticks; `{ choose: 'label' }`. */
  async fill(fields) {
    for (const [label, value] of Object.entries(fields)) {
      if (value && typeof value === 'object') await this.choose(label, value.choose);
      else if (typeof value === 'boolean') await this.page.getByLabel(label, { exact: true }).setChecked(value);
      else await this.page.getByLabel(label, { exact: true }).fill(String(value));
    }
  }

  /** One or several options of a question that is a group of radios or ticks, or a select. */
  async choose(question, options) {
    const group = this.page.getByRole('group', { name: question }).or(this.page.getByRole('radiogroup', { name: question }));
    for (const option of [options].flat()) {
      if (await group.count()) await group.first().getByLabel(option, { exact: true }).check();
      else await this.page.getByLabel(question, { exact: true }).selectOption({ label: option });
    }
  }

  /** A PDF behind a link: sound, tagged, with a title; kept as pictures. Returns its text. */
  async readPdf(link, name) {
    const locator = typeof link === 'string' || link instanceof RegExp ? this.page.getByRole('link', { name: link, exact: true }).first() : link;
    const url = new URL(await locator.getAttribute('href'), this.page.url()).href;
    let answer = await this.context.request.get(url);
    // Not printed yet: the answer says after how long to come again.
    for (let n = 0; answer.status() === 503 && n < 5; n += 1) {
      await this.page.waitForTimeout(1000 * Number(answer.headers()['retry-after'] ?? 2));
      answer = await this.context.request.get(url);
    }
    assert.equal(answer.status(), 200, `${url}: Status`);
    assert.match(answer.headers()['content-type'], /^application\/pdf/, `${url}: kein PDF`);
    return this.checkPdf(await answer.body(), name);
  }

  checkPdf(bytes, name) {
    pdfSound(bytes);
    const info = pdfInfo(bytes);
    assert.equal(info.Tagged, 'yes', `${name}: ohne Struktur für Vorleseprogramme`);
    assert.ok(info.Title, `${name}: ohne Titel`);
    if (process.env.PICTURES) pdfPictures(bytes, join(pictures, `${this.walk.id}-brief-${name}`));
    return pdfText(bytes);
  }
}

/** No-break spaces and soft hyphens are typography, not content. */
export const fold = (text) => text.replace(/\u00ad/g, '').replace(/[\s\u00a0\u202f]+/g, ' ');
