import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ProgramOptions, runProgram, type Step } from '../harness/docs/sample-program.ts';
import { type Sample, samplesOf } from '../harness/docs/samples.ts';
import { link, node, pack, root, unpack } from '../harness/integration/packed-package.ts';
import { type RunningServer, startServer } from '../harness/integration/server-process.ts';

// Each program starts a Node of its own, which takes long on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let folder: string;

/** A folder with the packed package, its peers and the frameworks of the samples, as npm would install them. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'docs-samples-'));
  unpack(pack('.', folder), folder, 'sandbox-lifecycle');
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of [...Object.keys(peerDependencies), 'express', 'fastify']) link(name, folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The folder of a page, empty at first. Node finds the package in the folder above it. */
function folderOf(page: string): string {
  const own = join(folder, basename(page, '.md'));
  mkdirSync(own, { recursive: true });
  return own;
}

/** The steps for samples that contain these texts. A sample without an entry runs as it is. */
type Plan = Readonly<Record<string, Omit<Step, 'sample'>>>;

function stepsOf(samples: readonly Sample[], plan: Plan): Step[] {
  const unused = Object.keys(plan).filter(
    (part) => samples.filter(({ code }) => code.includes(part)).length !== 1,
  );
  expect(unused, 'each text of the plan is in exactly one sample').toEqual([]);
  return samples.map((sample) => {
    const [step] = Object.entries(plan).filter(([part]) => sample.code.includes(part));
    return { sample, ...step?.[1] };
  });
}

/** Runs samples of one page as one program, in the folder of the page. Returns its output. */
async function run(steps: readonly Step[], replacements: ProgramOptions['replacements'] = {}) {
  const own = folderOf(steps[0]?.sample.page ?? '');
  const { ended, output, errors } = await runProgram(steps, { folder: own, node, replacements });
  if (ended !== 0) throw new Error(`The program ended with ${ended}.\n${output}\n${errors}`);
  return output.trim();
}

describe('the samples of README.md', () => {
  const outputs: readonly (readonly [part: string, output: RegExp])[] = [
    [
      'createSandbox, duties',
      /type: 'boot'[\s\S]*running \{ timeoutAt: \d+, generation: 1 \}\nsuspending\nunchanged stale true$/,
    ],
    ['createHost', /^200 \{\s+sandbox_id: '[0-9a-z]{21}',\s+status: 'pending',\s+name: 'my-env'/],
    [
      'can, commands',
      /^suspend Cannot suspend a running sandbox: .*\nresume enabled\n[\s\S]*invalid\nsnapshotting$/,
    ],
    ['createActor', /the platform must boot it 1[\s\S]*running$/],
  ];
  const samples = samplesOf('README.md');

  test('are all run here', () => {
    expect(samples).toHaveLength(outputs.length);
  });

  test.each(outputs)('the sample with "%s" prints what its comments say', async (part, output) => {
    const sample = samples.filter(({ code }) => code.includes(part));
    expect(sample).toHaveLength(1);
    expect(await run(stepsOf(sample, {}))).toMatch(output);
  });

  test('the refusal in a comment is the one that is printed', async () => {
    const sample = samples.filter(({ code }) => code.includes('can, commands'));
    const quoted = /^\/\/ (suspend .*)$/m.exec(sample[0]?.code ?? '')?.[1];
    expect((await run(stepsOf(sample, {}))).split('\n')).toContain(quoted);
  });
});

describe('the samples of docs/server.md', () => {
  /** The sample that stops the server is in the middle of its page, and runs last. */
  const isStop = ({ code }: Sample) => code.includes("process.once('SIGTERM'");
  /** A program of its own: the tests of a store run in a test runner. */
  const isSuite = ({ code }: Sample) => code.includes('storeConformance');
  /** Needs a PostgreSQL server: test/postgres tests the store. */
  const isPostgres = ({ code }: Sample) => code.includes('postgresStore');
  const samples = samplesOf('docs/server.md').filter((sample) => !isPostgres(sample));
  // A body that the schema rejects: a 422 shows that the API has read it.
  const request = `{ method: 'POST', body: '{ "name": 7 }' }`;
  const plan: Plan = {
    'sqliteStore(': { after: `await check(async () => (await fetch('http://127.0.0.1:8080/readyz')).ok);` },
    'host.waitFor(': {
      after: `
        await host.waitFor('my-team', 'my-env', ['suspended'], { timeoutMs: 30_000 });
        await host.send('my-team', 'my-env', { type: 'terminate' });
        await check(async () => (await host.get('my-team', entry.sandbox.id)).released);`,
    },
    'host.keepBusy(': {
      before: `await host.create({ namespace: 'my-team', name: 'my-env' });`,
    },
    'new Hono()': {
      after: `await check(async () => (await app.request('/sandbox-api/sandboxes', ${request})).status === 422);`,
    },
    'express()': {
      after: `
        const listening = app.listen(0, '127.0.0.1');
        await check(() => listening.listening);
        const url = 'http://127.0.0.1:' + listening.address().port + '/sandbox-api/sandboxes';
        await check(async () => (await fetch(url, ${request})).status === 422);
        listening.close();`,
    },
    'fastify()': {
      after: `
        const url = await app.listen({ port: 0, host: '127.0.0.1' });
        await check(async () => (await fetch(url + '/sandboxes', ${request})).status === 422);
        await app.close();`,
    },
    parseTokens: {
      after: `
        const status = async (headers) =>
          (await protectedApi(new Request('http://127.0.0.1/sandboxes', { headers }))).status;
        await check(async () => (await status({})) === 401);
        // The sample has revoked it.
        await check(async () => (await status({ authorization: 'Bearer secret' })) === 401);
        protectedApi.replaceTokens(tokens);
        await check(async () => (await status({ authorization: 'Bearer secret' })) === 200);`,
    },
    "process.once('SIGTERM'": { after: `process.kill(process.pid, 'SIGTERM');` },
  };

  test('run as one program, which ends when it is stopped', async () => {
    const hash = createHash('sha256').update('secret').digest('hex');
    writeFileSync(join(folderOf('docs/server.md'), 'tokens'), `${hash} my-team ada\n`);
    const port = String(await freePort());
    const program = samples.filter((sample) => !isStop(sample) && !isSuite(sample));
    const steps = stepsOf([...program, ...samples.filter(isStop)], plan).map(({ after = '', ...step }) => ({
      ...step,
      after: after.replaceAll('8080', port),
    }));
    expect(await run(steps, { '8080': port })).toBe('running\nsuspending');
  });

  test('the suite for stores passes for a store that is right', async () => {
    const store = `export { memoryStore as myStore } from 'sandbox-lifecycle/server/memory';`;
    writeFileSync(join(folderOf('docs/server.md'), 'my-store.js'), store);
    expect(await run(stepsOf(samples.filter(isSuite), {}))).toMatch(/pass \d{2}[\s\S]*fail 0/);
  });
});

test('the suite for hosts of docs/engines.md passes for a host that lacks what the sample says', async () => {
  const samples = samplesOf('docs/engines.md').filter(({ code }) => code.includes('hostConformance'));
  const host = `
    import { createHost } from 'sandbox-lifecycle/server';
    import { memoryStore } from 'sandbox-lifecycle/server/memory';
    export async function startMyHost(setup) {
      const { list, watch, position, ...host } = await createHost({ ...setup, store: memoryStore() });
      return host;
    }`;
  writeFileSync(join(folderOf('docs/engines.md'), 'my-host.js'), host);
  expect(await run(stepsOf(samples, {}))).toMatch(/pass \d{2}[\s\S]*fail 0[\s\S]*skipped \d{2}/);
});

describe('the samples of docs/client.md', () => {
  /** Samples that do not run here, each with the reason. */
  const exempt: Readonly<Record<string, string>> = {
    useSandboxAction: 'a React component: test/unit/react and the console test the hooks',
    useSandboxRow: 'a React component: test/unit/react tests the hooks',
  };
  const all = samplesOf('docs/client.md');
  const isExempt = ({ code }: Sample) => Object.keys(exempt).some((part) => code.includes(part));
  const samples = all.filter((sample) => !isExempt(sample));

  /** Waits until a client shows a sandbox, and ends the program with its status. */
  const show = (client: string) => `
    const shown = ${client};
    shown.subscribe(() => {});
    await check(() => shown.getSnapshot().sandbox !== null);
    console.log(shown.getSnapshot().sandbox.status);
    process.exit();`;
  /** A page of the server: its requests are relative. */
  const ownOrigin = `
    const { fetch } = globalThis;
    globalThis.fetch = (path, init) => fetch('http://127.0.0.1:8080' + path, init);`;
  const plan: Plan = {
    'transport.ts': {
      before: ownOrigin,
      after: `
        const { createSandboxClient } = await import('sandbox-lifecycle/client');
        ${show(`createSandboxClient({ id: 'my-env', transport })`)}`,
    },
    onUnauthorized: {
      before: ownOrigin,
      after: `
        const { createSandboxClient } = await import('sandbox-lifecycle/client');
        const transport = signedIn(async () => 'token', () => {});
        ${show(`createSandboxClient({ id: 'my-env', transport })`)}`,
    },
    'tensorlakeTransport({': { after: show(`openSandbox('my-env', 'token')`) },
    'list.sandbox(newest.id)': {
      after: `await check(() => list.getSnapshot().sandboxes.length > 0); process.exit();`,
    },
    'createSandboxCreator({': { after: 'process.exit();' },
    'createSnapshotListClient({': {
      before: `
        await fetch('http://127.0.0.1:8080/sandboxes/my-env/snapshot', { method: 'POST' });
        const count = async () =>
          (await (await fetch('http://127.0.0.1:8080/snapshots')).json()).snapshots.filter((one) => one.status === 'completed').length;
        await check(async () => (await count()) > 0);`,
      after: 'process.exit();',
    },
    watchNotices: {
      after: `
        const { createSandboxClient, httpTransport } = await import('sandbox-lifecycle/client');
        const client = createSandboxClient({ id: 'my-env', transport: httpTransport({ url: 'http://127.0.0.1:8080' }) });
        watchNotices(client);
        await client.ready;
        await client.send('suspend').settled;
        process.exit();`,
    },
    shareTabs: {
      before: `const localStorage = { length: 0, key: () => null, getItem: () => null, setItem() {}, removeItem() {} };`,
      after: 'process.exit();',
    },
    'createTransport(protocol)': {
      // The page's own server, which has the routes of the sample.
      before: `const fetch = (path, init) =>
        globalThis.fetch('http://127.0.0.1:8080' + path.replace('/my-sandboxes', '/sandboxes'), init);`,
      after: show(`createSandboxClient({ id: 'my-env', transport: createTransport(protocol) })`),
    },
    'initial: lifecycle': {
      after: `
        const { lifecycle } = await (await fetch('http://127.0.0.1:8080/sandboxes/my-env')).json();
        console.log(openRendered(lifecycle).getSnapshot().sandbox.status);`,
    },
  };
  /** The outputs of samples that print. */
  const outputs: Readonly<Record<string, RegExp>> = {
    'transport.ts': /^running$/,
    onUnauthorized: /^running$/,
    'tensorlakeTransport({': /^running$/,
    'list.sandbox(newest.id)': /^[0-9a-z]{21} running true$/m,
    'createSandboxCreator({': /^applied [0-9a-z]{21} undefined$/m,
    'createSnapshotListClient({': /^1\n(.*\n)*applied undefined$/m,
    fakeTransport: /^refused The quota is used up\.\n1$/,
    watchNotices: /^suspend sent\n(.*\n)*suspend confirmed$/m,
    'createTransport(protocol)': /^running$/,
    'initial: lifecycle': /^running$/,
    'no command is allowed before': /^applied/m,
  };
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ args: ['--driver', 'simulated'] });
  });
  afterAll(() => server?.stop());

  /** The state that the page describes: one sandbox, which runs, and whose name is `my-env`. */
  async function prepare(): Promise<void> {
    const list = await fetch(`${server.url}/sandboxes?status=running,suspended`);
    const { sandboxes } = (await list.json()) as { sandboxes: { id: string }[] };
    for (const { id } of sandboxes) await fetch(`${server.url}/sandboxes/${id}`, { method: 'DELETE' });
    const body = '{ "name": "my-env" }';
    const created = await fetch(`${server.url}/sandboxes`, { method: 'POST', body });
    expect(created.status).toBe(200);
    const wait = await fetch(`${server.url}/sandboxes/my-env/wait?status=running&timeout=30`);
    expect(await wait.json()).toMatchObject({ outcome: 'reached' });
  }

  test('are all in the plan, or exempt with a reason', () => {
    for (const part of Object.keys(exempt)) {
      expect(
        all.filter(({ code }) => code.includes(part)),
        part,
      ).toHaveLength(1);
    }
    expect(stepsOf(samples, plan)).toHaveLength(all.length - Object.keys(exempt).length);
  });

  test.each(samples.map((sample) => [sample.name, sample] as const))('"%s" runs', async (_, sample) => {
    await prepare();
    const steps = stepsOf(samples, plan)
      .filter((step) => step.sample === sample)
      .map(({ before = '', after = '' }) => ({
        sample,
        before: before.replaceAll('http://127.0.0.1:8080', server.url),
        after: after.replaceAll('http://127.0.0.1:8080', server.url),
      }));
    const replacements = { 'http://127.0.0.1:8080': server.url, 'https://api.tensorlake.ai': server.url };
    const output = await run(steps, replacements);
    for (const [part, expected] of Object.entries(outputs)) {
      if (sample.code.includes(part)) expect(output).toMatch(expected);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
