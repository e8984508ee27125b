import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '../harness/browser/chromium.ts';
import { importsOf, link, node, pack, root, unpack } from '../harness/integration/packed-package.ts';
import { serveSite } from '../harness/integration/site.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  unpack(pack('.', folder), folder, 'sandbox-lifecycle');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Installs a peer beside the package, as a user would. */
const addPeer = (name: string) => link(name, folder);

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(1);

function run(code: string): string {
  return execFileSync(node, ['--input-type=module', '-e', code], { cwd: folder, encoding: 'utf8' }).trim();
}

describe('the packed package, installed in another folder', () => {
  test('runs its core without peers', () => {
    const code = `
      import { createSandbox, transition, why } from 'sandbox-lifecycle';
      const { sandbox } = createSandbox({ id: 'a', name: null, at: 1 });
      const running = transition(sandbox, { type: 'boot.completed', operation: 1, at: 2 }).sandbox;
      console.log(running.status, why(running, 'suspend').code);`;
    expect(run(code)).toBe('running ephemeral');
  });

  test('runs its machine with xstate, and its schemas with zod', () => {
    addPeer('xstate');
    addPeer('zod');
    const code = `
      import { createActor } from 'xstate';
      import { sandboxMachine, toSandbox } from 'sandbox-lifecycle/machine';
      import { parseSandbox } from 'sandbox-lifecycle/schema';
      const actor = createActor(sandboxMachine, { input: { id: 'a', name: 'ada', at: 1 } }).start();
      actor.send({ type: 'boot.completed', operation: 1, at: 2 });
      console.log(parseSandbox(toSandbox(actor.getSnapshot())).status);`;
    expect(run(code)).toBe('running');
  });

  test('contains the console', () => {
    const code = `
      import { withConsole } from 'sandbox-lifecycle/console';
      const show = withConsole(async () => new Response('', { status: 404 }));
      const page = await (await show(new Request('http://127.0.0.1/'))).text();
      const files = [...page.matchAll(/(?:src|href)="\\.(\\/console[^"]+)"/g)].map(([, file]) => file);
      const answers = await Promise.all(files.map((file) => show(new Request('http://127.0.0.1' + file))));
      console.log(...answers.map(({ status, headers }) => status + ' ' + headers.get('content-type')));`;
    expect(run(code)).toBe('200 text/javascript; charset=utf-8 200 text/css; charset=utf-8');
  });

  test('adds its inspector page to the bundle of an app', async () => {
    addPeer('xstate');
    const app = join(folder, 'app');
    mkdirSync(app);
    writeFileSync(
      join(app, 'index.html'),
      '<button>Inspect</button><script type="module" src="main.js"></script>',
    );
    const code = `
      import pageUrl from 'sandbox-lifecycle/inspector.html?url';
      import { inspectLifecycle } from 'sandbox-lifecycle/inspect';
      import { sandboxMachine } from 'sandbox-lifecycle/machine';
      import { createActor } from 'xstate';
      document.body.dataset.page = pageUrl;
      document.querySelector('button').onclick = () => {
        const { inspect } = inspectLifecycle();
        const actor = createActor(sandboxMachine, { input: { id: 'a', name: null, at: 1 }, inspect }).start();
        actor.send({ type: 'boot.completed', operation: 1, at: 2 });
        actor.send({ type: 'suspend', at: 3 });
      };`;
    writeFileSync(join(app, 'main.js'), code);
    await build({ root: app, configFile: false, logLevel: 'error' });

    const site = await serveSite(join(app, 'dist'));
    const { browser, close } = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(site.url);
      const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('button')]);
      await popup.waitForSelector('[data-kind=refused]');
      expect(await popup.locator('.log b').allTextContents()).toEqual([
        'created',
        'boot.completed',
        'suspend',
      ]);
      const named = await page.evaluate('new URL(document.body.dataset.page, location).href');
      expect([popup.url(), await popup.title()]).toEqual([named, 'Lifecycle inspector']);
    } finally {
      await close();
      site.close();
    }
  });

  test('has hooks that a framework with server components runs in the page, and that render on a server', () => {
    const file = readFileSync(join(folder, 'node_modules/sandbox-lifecycle/dist/react.js'), 'utf8');
    expect(file.startsWith("'use client';\n")).toBe(true);
    for (const name of ['react', 'react-dom', 'scheduler']) addPeer(name);
    const code = `
      import { httpTransport } from 'sandbox-lifecycle/client';
      import { useSandbox, useSandboxClient } from 'sandbox-lifecycle/react';
      import { createElement } from 'react';
      import { renderToString } from 'react-dom/server';
      const transport = httpTransport({ url: '/' });
      const Page = () => useSandbox(useSandboxClient({ id: 'my-env', transport })).connection;
      console.log(renderToString(createElement(Page)));`;
    expect(run(code)).toBe('stale');
  });

  test('has the sizes that the README and docs/client.md state', () => {
    const output = execFileSync('npx', ['size-limit', '--json'], { cwd: root, encoding: 'utf8' });
    const measured: { name: string; size: number }[] = JSON.parse(output);
    const sizeOf = (name: RegExp) => measured.find((line) => name.test(line.name))?.size ?? Number.NaN;
    const quotedIn = (file: string, sentence: RegExp) =>
      sentence.exec(readFileSync(join(root, file), 'utf8'))?.[1];
    const core = sizeOf(/^sandbox-lifecycle$/);
    const client = sizeOf(/createSandboxClient, with/);
    const withTransport = sizeOf(/createSandboxClient and httpTransport/);
    expect(quotedIn('README.md', /The core is ([\d.]+) kB/)).toBe(kilobytes(core));
    expect(quotedIn('docs/client.md', /`createSandboxClient` is ([\d.]+) kB/)).toBe(kilobytes(client));
    expect(quotedIn('docs/client.md', /`httpTransport` adds ([\d.]+) kB/)).toBe(
      kilobytes(withTransport - client),
    );
    expect(quotedIn('docs/client.md', /the hooks add ([\d.]+) kB/)).toBe(kilobytes(sizeOf(/react$/)));
  });

  test('has a core without imports from other packages', () => {
    const imports = [
      ...importsOf(join(folder, 'node_modules/sandbox-lifecycle/dist/index.js'), { dynamic: true }),
    ];
    expect(imports.length).toBeGreaterThan(1);
    expect(imports.filter((name) => !name.startsWith(folder))).toEqual([]);
  });

  test('bundles commander into its command', () => {
    const cli = join(folder, 'node_modules/sandbox-lifecycle/dist/cli.js');
    const imports = [...importsOf(cli, { dynamic: false })].filter((name) => !name.startsWith(folder));
    expect(imports.filter((name) => !name.startsWith('node:'))).toEqual([]);
    const all = [...importsOf(cli, { dynamic: true })];
    expect(all).toContain('hono');
    expect(all).not.toContain('commander');
    const code = readFileSync(join(folder, 'node_modules/sandbox-lifecycle/dist/commander.js'), 'utf8');
    expect(code).toMatch(/^\/\*!\nCommander\n\n\(The MIT License\)/);
  });

  test('contains every file that its README and its docs link to, except pictures', () => {
    const home = join(folder, 'node_modules/sandbox-lifecycle');
    const missing = (file: string) =>
      [...readFileSync(join(home, file), 'utf8').matchAll(/(?:\]\(|src=")(?!https?:|#)([^)#"]+)/g)]
        .map(([, target = '']) => join(dirname(file), target))
        .filter((target) => !existsSync(join(home, target)));
    expect(missing('README.md')).toEqual([]);
    const docs = readdirSync(join(home, 'docs')).filter((name) => name.endsWith('.md'));
    expect(docs).toContain('server.md');
    const missed = docs.flatMap((name) => missing(`docs/${name}`));
    expect(missed.filter((target) => !target.endsWith('.png'))).toEqual([]);
  });

  test('has source maps for Node entries, and none for page entries', () => {
    const dist = join(folder, 'node_modules/sandbox-lifecycle/dist');
    const mapped = (file: string) => /\n\/\/# sourceMappingURL=/.test(readFileSync(file, 'utf8'));
    const pages = ['index.js', 'client.js', 'react.js', 'inspect.js'].flatMap((entry) => [
      ...importsOf(join(dist, entry), { dynamic: true }),
    ]);
    expect(pages.filter((file) => file.startsWith(dist) && mapped(file))).toEqual([]);
    const server = [...importsOf(join(dist, 'server.js'), { dynamic: true })];
    expect(server.some((file) => file.startsWith(dist) && mapped(file))).toBe(true);
    const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\.(js|ts)$/.test(file),
    );
    const maps = files.flatMap((file) => {
      const [, map] = /\n\/\/# sourceMappingURL=(.*)\n?$/.exec(readFileSync(join(dist, file), 'utf8')) ?? [];
      return map === undefined ? [] : [join(dist, dirname(file), map)];
    });
    expect(maps.filter((map) => !existsSync(map))).toEqual([]);
  });
});
