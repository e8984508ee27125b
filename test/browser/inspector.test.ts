import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildInspectorPage } from '../../scripts/inspector-page.ts';
import { inspectLifecycle } from '../../src/inspect/index.ts';
import { createRelay } from '../../src/inspect/transports/relay.ts';
import { fillPage } from '../../src/pages/fill-page.ts';
import { factsOf } from '../../web/inspector/session/facts.ts';
import { type NextEvent, nextEvents } from '../../web/inspector/session/next-events.ts';
import { createSession } from '../../web/inspector/session/session.ts';
import { buildApp } from '../harness/browser/build-app.ts';
import { type Chromium, launchChromium } from '../harness/browser/chromium.ts';
import { recordedSession } from '../harness/inspect/recorded-session.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let chromium: Chromium;
let inspectorHtml: string;
let server: Server;
let origin: string;
const pages: Page[] = [];
/** The errors of all pages. Each test must end without any. */
const problems: string[] = [];

beforeAll(async () => {
  inspectorHtml = await buildInspectorPage();
  const app = await buildApp('app.ts', '<iframe></iframe>');
  server = createServer((request, response) => {
    const isInspector = request.url?.startsWith('/inspector');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(isInspector ? inspectorHtml : app);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  chromium = await launchChromium();
});

afterAll(async () => {
  await chromium?.close();
  server?.close();
});

afterEach(async () => {
  for (const page of pages.splice(0)) await page.close();
  expect(problems.splice(0)).toEqual([]);
});

function watch(page: Page): Page {
  pages.push(page);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  return page;
}

async function open(url: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const context = await chromium.browser.newContext({ colorScheme, viewport: { width: 1440, height: 900 } });
  const page = watch(await context.newPage());
  await page.goto(url);
  return page;
}

/** Opens a page from a file. */
async function openFile(html: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const path = join(temporaryFolder(), 'session.html');
  writeFileSync(path, html);
  return open(`file://${path}`, colorScheme);
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inspector-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Returns the lines of the log: each event with its result. */
const lines = async (page: Page | Frame): Promise<string[]> => {
  const [events, kinds] = await Promise.all(
    ['b', 'i'].map((name) => page.locator(`.log button ${name}`).allTextContents()),
  );
  return (events ?? []).map((event, at) => `${event} ${kinds?.[at]}`);
};

/** Waits until the page has drawn all changes so far. It draws in the frame after a change. */
const untilDrawn = (page: Page): Promise<unknown> => page.evaluate('new Promise(requestAnimationFrame)');

const life = [
  'created seen',
  'boot.completed applied',
  'snapshot applied',
  'snapshot.completed applied',
  'suspend applied',
  'suspend.completed applied',
  'resume applied',
  'resume.completed applied',
  'terminate applied',
];

describe('the official inspector', () => {
  it('sends every event to the page in a popup, in order', async () => {
    const app = await open(`${origin}/`);
    const [popup] = await Promise.all([
      app.waitForEvent('popup'),
      app.evaluate(`runOfficial({ url: '${origin}/inspector' })`),
    ]);
    watch(popup);
    await popup.waitForSelector('[data-kind] b:text-is("terminate")');
    await expect.poll(() => lines(popup)).toEqual(life);
    await expect.poll(() => popup.locator('.state.active').getAttribute('data-state')).toBe('terminated');
    await popup.keyboard.press('2');
    await expect.poll(() => popup.locator('.not').count()).toBeGreaterThan(10);
  });

  it('sends every event to the page in an iframe, in order', async () => {
    const app = await open(`${origin}/`);
    await app.evaluate(
      `runOfficial({ url: '${origin}/inspector', iframe: document.querySelector('iframe') })`,
    );
    await expect.poll(() => app.frames().length).toBe(2);
    const frame = app.frames()[1];
    if (frame === undefined) throw new Error('The page has no iframe.');
    await frame.waitForSelector('[data-kind] b:text-is("terminate")');
    await expect.poll(() => lines(frame)).toEqual(life);
  });
});

describe('inspectLifecycle', () => {
  it('sends events to the page in a popup, with the reasons of our own messages', async () => {
    const app = await open(`${origin}/`);
    const [popup] = await Promise.all([
      app.waitForEvent('popup'),
      app.evaluate(`runOurs({ ui: { url: '${origin}/inspector' } })`),
    ]);
    watch(popup);
    await popup.waitForSelector('[data-kind=refused]');
    const shown = ['created seen', 'boot.completed applied', 'boot.completed stale', 'suspend refused'];
    await expect.poll(() => lines(popup)).toEqual(shown);
    await expect
      .poll(() => popup.locator('[data-kind=refused] em').textContent())
      .toContain('it has no name');
    await popup.reload();
    await popup.waitForSelector('[data-kind=refused]');
    await expect.poll(() => lines(popup)).toHaveLength(4);
  });

  it('sends everything through a relay, also to a page that opens late', async () => {
    const relay = await createRelay({ page: (source) => fillPage(inspectorHtml, source) });
    try {
      const inspector = inspectLifecycle({ transport: relay });
      const [first, ...rest] = recordedSession().steps;
      if (first) inspector.change(first);
      const page = await open(relay.url);
      await page.waitForSelector('text=Live from a process');
      await page.waitForSelector('.log button');
      for (const step of rest) inspector.change(step);
      await expect.poll(async () => (await lines(page)).length).toBe(rest.length + 1);
      const late = await open(relay.url);
      await expect.poll(() => lines(late)).toEqual(await lines(page));
    } finally {
      for (const page of pages.splice(0)) await page.close();
      relay.stop();
    }
  });

  it('drops the oldest of very many messages, shows a note, and keeps the rest correct', async () => {
    const relay = await createRelay({ page: (source) => fillPage(inspectorHtml, source) });
    try {
      const inspector = inspectLifecycle({ transport: relay, redact: [] });
      const page = await open(relay.url);
      await page.waitForSelector('text=Live from a process');
      const silent = recordedSession().steps.slice(0, 3);
      for (const { sandbox, ...step } of silent)
        inspector.change({ ...step, sandbox: { ...sandbox, id: 'silent', name: 'silent' } });
      await page.waitForSelector('.log button');
      const [, , running] = recordedSession().steps;
      if (running === undefined) throw new Error('The recorded session is too short.');
      const rename = (version: number) =>
        inspector.change({
          event: { type: 'rename', name: `name-${version}`, at: running.at + version },
          at: running.at + version,
          sandbox: { ...running.sandbox, id: 'busy', version, name: `name-${version}` },
        });
      for (let version = 3; version < 9_990; version++) rename(version);
      await page.waitForSelector('#picker:not([hidden])');
      await page.locator('#sandbox').selectOption('busy');
      await expect.poll(() => page.locator('#place').textContent()).toBe('9987 of 9987');
      await page.locator('#time').fill('9000');
      await expect.poll(() => page.locator('#summary dd').first().textContent()).toBe('name-9002');
      await expect.poll(() => page.locator('#content .empty').textContent()).toMatch(/ lines, 400 shown$/);
      for (let version = 9_990; version < 10_100; version++) rename(version);
      // The list has the newest name, so all messages have arrived.
      await expect
        .poll(() => page.locator('#sandbox option[value=busy]').textContent())
        .toBe('name-10099 · busy');
      await expect
        .poll(() => page.locator('#content .empty').textContent())
        .toMatch(/ lines, 400 shown; earlier ones were dropped$/);
      // The selected line stays the same.
      await expect.poll(() => page.locator('#summary dd').first().textContent()).toBe('name-9002');
      await page.keyboard.press('End');
      await expect.poll(() => page.locator('#summary dd').first().textContent()).toBe('name-10099');
      await page.keyboard.press('Home');
      await expect
        .poll(() => page.locator('.log button').first().innerText())
        .toMatch(/earlier\s+seen\s+running$/);
      await page.locator('#sandbox').selectOption('silent');
      await expect.poll(() => page.locator('#summary dd').first().textContent()).toBe('silent');
      await expect.poll(() => page.locator('.state.active').getAttribute('data-state')).toBe('running');
    } finally {
      for (const page of pages.splice(0)) await page.close();
      relay.stop();
    }
  });

  it('stops when the user opens a session', async () => {
    const relay = await createRelay({ page: (source) => fillPage(inspectorHtml, source) });
    try {
      const inspector = inspectLifecycle({ transport: relay });
      const [first, ...rest] = recordedSession().steps;
      if (first) inspector.change({ ...first, sandbox: { ...first.sandbox, id: 'live' } });
      const page = await open(relay.url);
      const other = await open(relay.url);
      for (const each of [page, other]) await each.waitForSelector('.log button');
      const { messages } = recordedSession();
      const file = { name: 'my.json', mimeType: '', buffer: Buffer.from(JSON.stringify(messages)) };
      await page.locator('#file').setInputFiles(file);
      await page.waitForSelector('text=Session my.json');
      for (const step of rest) inspector.change({ ...step, sandbox: { ...step.sandbox, id: 'live' } });
      // The other page has received all changes, so this page would have received them too.
      await expect.poll(async () => (await lines(other)).length).toBe(rest.length + 1);
      await untilDrawn(page);
      expect(await lines(page)).toHaveLength(24);
      expect(await page.locator('#picker').isVisible()).toBe(false);
      expect(await page.locator('#state').textContent()).toBe('Session my.json');
    } finally {
      for (const page of pages.splice(0)) await page.close();
      relay.stop();
    }
  });

  it('shows another page through a relay', async () => {
    const relay = await createRelay({ ui: { url: `${origin}/inspector` } });
    try {
      const inspector = inspectLifecycle({ transport: relay });
      for (const step of recordedSession().steps) inspector.change(step);
      const page = await open(relay.url);
      await expect.poll(() => page.frames().length).toBe(2);
      await page.frames()[1]?.waitForSelector('.log button');
      await expect
        .poll(async () => (await lines(page.frames()[1] ?? page)).length)
        .toBe(recordedSession().steps.length);
    } finally {
      for (const page of pages.splice(0)) await page.close();
      relay.stop();
    }
  });
});

describe('a recorded session', () => {
  const recorded = () => fillPage(inspectorHtml, { session: recordedSession().messages });

  it('opens from a single file', async () => {
    const page = await openFile(recorded());
    await expect.poll(() => page.locator('#state').textContent()).toBe('Recorded session');
    await untilDrawn(page);
    expect((await lines(page)).length).toBe(Number(await page.locator('#time').getAttribute('max')));
    expect(await page.locator('.state.active').getAttribute('data-state')).toBe('running');
    expect(await page.locator('.state.predicted').getAttribute('data-state')).toBe('suspending');
  });

  it('moves back and forth in time', async () => {
    const page = await openFile(recorded());
    const highlighted = () =>
      page.evaluate(`[...document.querySelectorAll('.edge.highlighted')].flatMap(
        ({ dataset: { source, target } }) => [source, target])`);
    await page.keyboard.press('Home');
    await expect.poll(() => page.locator('#place').textContent()).toMatch(/^1 of/);
    await expect.poll(() => page.locator('.state.active').getAttribute('data-state')).toBe('pending');
    await expect.poll(highlighted).toEqual([]);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(highlighted).toEqual(['pending', 'running']);
    await page.locator('#time').fill('1');
    await expect.poll(() => page.locator('#place').textContent()).toMatch(/^1 of/);
    await page.keyboard.press('End');
    await expect.poll(() => page.locator('#live').getAttribute('aria-pressed')).toBe('true');
  });

  it('shows the reason, the changes, the messages and the durations', async () => {
    const page = await openFile(recorded());
    await page.locator('[data-kind=refused]').first().click();
    await expect
      .poll(() => page.locator('[data-kind=refused] em').first().textContent())
      .toContain('Cannot suspend');
    await page.keyboard.press('2');
    const next = () => page.locator('#panel').innerText();
    await expect.poll(next).toMatch(/snapshot\.completed\s+→ running/);
    await expect.poll(next).toContain('Cannot suspend a snapshotting sandbox');
    await page.keyboard.press('End');
    await page.keyboard.press('3');
    await expect.poll(() => page.locator('tr.changed th').allTextContents()).toContain('operation.kind');
    await page.keyboard.press('4');
    await expect
      .poll(() => page.locator('.sequence .lane').allTextContents())
      .toEqual(['user', 'client', 'sandbox', 'platform']);
    await page.keyboard.press('5');
    await expect
      .poll(() => page.locator('#content li').first().innerText())
      .toMatch(/boot #1\s+boot\.completed\s+1\.8 s/);
  });

  it('shows at every line the events that the machine would apply next', async () => {
    const page = await openFile(recorded());
    const { entries } = createSession(recordedSession().messages);
    await page.click('#Next');
    for (let place = 1; place <= entries.length; place++) {
      await page.locator('#time').fill(String(place));
      // Two lines may have the same events, so only the number shows that the page has drawn this line.
      await expect.poll(() => page.locator('#place').textContent()).toBe(`${place} of ${entries.length}`);
      const { confirmed } = factsOf(entries.slice(0, place));
      const expected = confirmed ? nextEvents(confirmed) : [];
      const mark = ({ mayHappen }: NextEvent) => (mayHappen ? 'may' : 'not');
      await expect
        .poll(() =>
          page.evaluate(`[...document.querySelectorAll('.next li')].map(
          ({ className, firstChild }) => className + ' ' + firstChild.textContent)`),
        )
        .toEqual(expected.map((event) => `${mark(event)} ${event.type}`));
      const shown = await page.locator('.next span').allTextContents();
      for (const [at, { words, mayHappen }] of expected.entries())
        expect(shown[at]).toContain(mayHappen ? words.replace('.', ' · ') : words);
    }
  });

  it('filters the log by all words', async () => {
    const page = await openFile(recorded());
    await page.keyboard.press('2');
    await page.waitForSelector('.may');
    await page.keyboard.press('/');
    await page.keyboard.type('suspend refused');
    await expect.poll(() => lines(page)).toEqual(['suspend refused']);
  });

  it('exports a file and opens it again, and saves a page with the session', async () => {
    const page = await openFile(recorded());
    await untilDrawn(page);
    const before = await lines(page);
    const save = async (key: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press(key)]);
      const path = join(temporaryFolder(), 'saved');
      await download.saveAs(path);
      return readFileSync(path, 'utf8');
    };
    const json = await save('e');
    const html = await save('h');
    const svg = await save('p');
    expect(svg).toMatch(/^<svg .*class="state active".*class="edge [^"]*highlighted/s);
    const saved = await openFile(html);
    await expect.poll(() => lines(saved)).toEqual(before);
    const empty = await openFile(inspectorHtml);
    await empty.locator('#file').setInputFiles({ name: 'my.json', mimeType: '', buffer: Buffer.from(json) });
    await expect.poll(() => lines(empty)).toEqual(before);
    await empty.locator('#file').setInputFiles({ name: 'no.txt', mimeType: '', buffer: Buffer.from('?') });
    await expect.poll(() => empty.locator('#state').textContent()).toContain('no inspector messages');
    expect(await lines(empty)).toEqual(before);
  });

  it('shows hostile text as text', async () => {
    const hostile = `</script><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
    const text = JSON.stringify(recordedSession().messages).replaceAll(
      'my-env',
      JSON.stringify(hostile).slice(1, -1),
    );
    const page = await openFile(fillPage(inspectorHtml, { session: JSON.parse(text) }));
    await page.keyboard.press('Home');
    for (const key of ['1', '2', '4', '5', '3']) {
      await page.keyboard.press(key);
      await untilDrawn(page);
      expect(await page.locator('img').count()).toBe(0);
    }
    await page.waitForSelector('table');
    await expect.poll(() => page.locator('#panel').innerText()).toContain('onerror');
    expect(await page.title()).toBe('Lifecycle inspector');
  });

  it('allows only its own script', async () => {
    const page = await openFile(`${recorded()}<script>document.title="owned"</script>`);
    // The browser reports the blocked script later than the end of `goto`.
    await expect.poll(() => problems.join()).toContain('Content Security Policy');
    problems.splice(0);
    expect(await page.title()).toBe('Lifecycle inspector');
  });

  it('follows the colour scheme of the system', async () => {
    const colour = async (scheme: 'light' | 'dark') => {
      const page = await openFile(recorded(), scheme);
      return page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    };
    expect(await colour('light')).toBe('rgb(255, 255, 255)');
    expect(await colour('dark')).toBe('rgb(13, 17, 23)');
  });

  it.each(['light', 'dark'] as const)('passes axe, %s', async (scheme) => {
    const page = await openFile(recorded(), scheme);
    for (const key of ['1', '2', '3', '4', '5', '1', 'Home', '2', '?']) {
      await page.keyboard.press(key);
      await untilDrawn(page);
      await page.evaluate(axe);
      const found = await page.evaluate('axe.run().then(({ violations }) => violations)');
      const violations = (found as { id: string; nodes: { html: string }[] }[]).map(
        ({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`,
      );
      expect(violations, `view ${key}`).toEqual([]);
    }
  });
});
