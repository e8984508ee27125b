import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  importsOf,
  link,
  node,
  pack,
  type Requirement,
  requirements,
  root,
  unpack,
} from '../harness/integration/packed-package.ts';

let folder: string;
let tarball: string;

const taken = createServer().listen(0, '127.0.0.1');
await once(taken, 'listening');
afterAll(() => taken.close());

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-entries-'));
  tarball = pack('.', folder);
  unpack(tarball, join(folder, 'template'), 'sandbox-lifecycle');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** Creates a folder with the package and some other packages installed. */
function install(packages: readonly string[]): string {
  const home = join(folder, `home-${count++}`);
  cpSync(join(folder, 'template'), home, { recursive: true });
  for (const name of packages) link(name, home);
  return home;
}

/** Runs Node in a folder. Returns its exit code and its whole output. */
function run(home: string, ...args: string[]): { status: number | null; output: string } {
  const options = { cwd: home, encoding: 'utf8', timeout: 120_000 } as const;
  const { error, status, stdout, stderr } = spawnSync(node, args, options);
  // Also a program that does not end in time.
  if (error) throw error;
  return { status, output: stdout + stderr };
}

const load = (home: string, entry: string) =>
  run(home, '--input-type=module', '-e', `console.log(Object.keys(await import('${entry}')).length > 0)`);

const rows = requirements();
const entries = rows.filter(({ subject }) => !subject.includes(' '));
const commands = rows.filter(({ subject }) => subject.includes(' '));
const cases = (list: readonly Requirement[]) => list.map((row) => [row.subject, row] as const);

test('npm installs the package and nothing else', () => {
  const home = join(folder, 'installed');
  mkdirSync(home);
  const options = ['--offline', '--no-audit', '--no-fund', '--cache', join(folder, 'cache')];
  execFileSync('npm', ['install', ...options, tarball], { cwd: home, encoding: 'utf8' });
  const modules = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(modules).toEqual(['sandbox-lifecycle']);
  const files = readdirSync(join(home, 'node_modules'), { recursive: true, withFileTypes: true });
  const bytes = files
    .filter((file) => file.isFile())
    .reduce((sum, file) => sum + readFileSync(join(file.parentPath, file.name)).length, 0);
  expect(bytes).toBeLessThan(5_600_000);
  expect(readFileSync(tarball).length).toBeLessThan(1_600_000);
  expect(load(home, 'sandbox-lifecycle').output).toBe('true\n');
});

test('docs/package.md lists every entry and every optional peer of the package', () => {
  const { exports, peerDependencies, peerDependenciesMeta } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const modules = Object.keys(exports).filter((name) => !/\.(json|html)$/.test(name));
  const names = modules.map((name) => name.replace(/^\./, 'sandbox-lifecycle'));
  expect(entries.map(({ subject }) => subject).toSorted()).toEqual(names.toSorted());
  const peers = new Set([...rows.flatMap(({ packages }) => packages), '@photostructure/sqlite']);
  expect([...peers].toSorted()).toEqual(Object.keys(peerDependencies).toSorted());
  expect(Object.keys(peerDependenciesMeta).toSorted()).toEqual(Object.keys(peerDependencies).toSorted());
});

describe.each(cases(entries))('%s', (entry, { packages, runsInPages }) => {
  test('can be imported and required with the packages of the table', () => {
    const home = install(packages);
    expect(load(home, entry)).toEqual({ status: 0, output: 'true\n' });
    const code = `console.log(Object.keys(require('${entry}')).length > 0)`;
    expect(run(home, '--input-type=commonjs', '-e', code)).toEqual({ status: 0, output: 'true\n' });
  });

  if (packages.length > 0) {
    test.each(packages)('names %s when it is missing', (name) => {
      const { status, output } = load(install(packages.filter((other) => other !== name)), entry);
      expect([status, output]).toEqual([1, expect.stringContaining(`Cannot find package '${name}'`)]);
    });
  }

  if (runsInPages) {
    test('imports no Node modules', () => {
      const home = join(folder, 'template/node_modules/sandbox-lifecycle');
      const { exports } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
      const file = exports[entry.replace('sandbox-lifecycle', '.')].default;
      const imports = [...importsOf(join(home, file), { dynamic: true })];
      expect(imports.filter((name) => name.startsWith('node:'))).toEqual([]);
    });
  }
});

describe.each(cases(commands))('%s', (command, { packages }) => {
  const name = command.split(' ')[1] ?? '';
  const { port: takenPort } = taken.address() as AddressInfo;
  // Each of these commands loads everything and then exits.
  const trials: Readonly<Record<string, readonly [args: readonly string[], output: RegExp]>> = {
    serve: [['--data', '/dev/null/data'], /^Cannot create the folder --data/],
    inspect: [['no-such-session.json'], /^Cannot open no-such-session\.json as a session/],
    check: [['trace.jsonl'], /^Legal: 1 observation/],
    diagram: [['--format', 'mermaid'], /^stateDiagram-v2/],
    migrate: [['no-such-folder', 'postgres://localhost/none'], /^no-such-folder does not exist/],
    platform: [['--port', `${takenPort}`], /^Port \d+ is taken/],
  };
  const [args = [], expected = /./] = trials[name] ?? [];
  const start = (home: string) => {
    writeFileSync(join(home, 'trace.jsonl'), '"pending"\n');
    return run(home, 'node_modules/sandbox-lifecycle/dist/cli.js', name, ...args);
  };

  test('runs with the packages of the table', () => {
    expect(start(install(packages)).output).toMatch(expected);
  });

  if (packages.length > 0) {
    test.each(packages)('names %s when it is missing, and how to install it', (missing) => {
      const { status, output } = start(install(packages.filter((other) => other !== missing)));
      expect(status).toBe(1);
      expect(output).toContain(`The package ${missing} is not installed. Install it with: npm i `);
      expect(output.split('npm i ')[1]).toContain(missing);
    });
  }
});

const sqliteProbe = "process.getBuiltinModule?.('node:sqlite') !== undefined";
const hasSqlite = execFileSync(node, ['-p', sqliteProbe], { encoding: 'utf8' }).trim() === 'true';

test.skipIf(hasSqlite)('the SQLite store names the package that older versions of Node need', () => {
  const code = `
      import { sqliteStore } from 'sandbox-lifecycle/server/sqlite';
      const store = sqliteStore('sandboxes.db');
      await store.close();
      console.log('closed');`;
  const open = (home: string) => run(home, '--input-type=module', '-e', code);
  expect(open(install([])).output).toContain("Cannot find module '@photostructure/sqlite'");
  expect(open(install(['@photostructure/sqlite']))).toEqual({ status: 0, output: 'closed\n' });
});

const compilers = [
  { module: 'nodenext', moduleResolution: 'nodenext', file: 'app.mts', skipLibCheck: false },
  { module: 'nodenext', moduleResolution: 'nodenext', file: 'app.cts', skipLibCheck: true },
  { module: 'esnext', moduleResolution: 'bundler', file: 'app.mts', skipLibCheck: true },
];

test.each(compilers)(
  'the types compile with $module, $moduleResolution, in $file',
  ({ file, ...settings }) => {
    const home = install(['xstate', 'zod', 'hono', 'react', '@types/react']);
    const code = entries
      .filter(({ packages }) => packages.every((name) => ['xstate', 'zod', 'hono', 'react'].includes(name)))
      .map(({ subject }, index) => `import * as entry${index} from '${subject}';\nentry${index};`);
    const use = `import { createSandbox, type Sandbox } from 'sandbox-lifecycle';
    export const sandbox: Sandbox = createSandbox({ id: 'a', name: null, at: 1 }).sandbox;
    // @ts-expect-error
    export const wrong: number = sandbox.status;`;
    writeFileSync(join(home, file), [...code, use].join('\n'));
    const options = {
      ...settings,
      target: 'es2023',
      lib: ['es2023', 'dom'],
      strict: true,
      noEmit: true,
      types: [],
    };
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: [file] }));
    expect(run(home, join(root, 'node_modules/typescript/bin/tsc'), '-p', '.')).toEqual({
      status: 0,
      output: '',
    });
  },
);
