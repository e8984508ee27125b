import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { codeEntries } from '../../../scripts/exports-page.ts';
import { type Sample, samplesOf } from '../../harness/docs/samples.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** All pages with samples. The listing of exports is not code to copy. */
const pages = [
  'README.md',
  ...readdirSync(`${root}docs`)
    .filter((name) => name.endsWith('.md') && name !== 'exports.md')
    .map((name) => `docs/${name}`),
];

/** The globals of a page in a browser that samples use. The library's own types leave them out. */
const browser = `
  declare const location: { readonly origin: string };
  declare const localStorage: { readonly length: number; key(index: number): string | null; getItem(key: string): string | null; setItem(key: string, value: string): void; removeItem(key: string): void };
  declare function addEventListener(type: 'online', listener: () => void): void;
  declare function alert(message: string): void;
`;

/** The files of the reader's own program that samples import. */
const readersFiles = {
  'docs/my-store.d.ts': `export declare function myStore(): import('sandbox-lifecycle/server').Store;`,
  'docs/my-host.d.ts': `export declare function startMyHost(setup: import('sandbox-lifecycle/testing').HostSetup): Promise<import('sandbox-lifecycle/testing').HostUnderTest>;`,
};

/** Names that a page's text introduces, with their types. A sample that declares or imports one of them has its own. */
const names: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/server.md': {
    host: `import('sandbox-lifecycle/server').Host`,
    api: `import('sandbox-lifecycle/server').Api`,
    server: `import('@hono/node-server').ServerType`,
    createApi: `typeof import('sandbox-lifecycle/server').createApi`,
  },
  'docs/timeouts.md': {
    store: `import('sandbox-lifecycle/server').Store`,
    driver: `import('sandbox-lifecycle/server').Driver`,
  },
  'docs/console.md': {
    host: `import('sandbox-lifecycle/server').Host`,
  },
  'docs/drivers.md': {
    machines: `import('../test/harness/server/example-driver.ts').Machines & { kill(name: string): void }`,
    machineDriver: `typeof import('../test/harness/server/example-driver.ts').machineDriver`,
    driver: `import('sandbox-lifecycle/server/simulated').SimulatedDriver`,
    platform: `import('sandbox-lifecycle/server/simulated').SimulatedPlatform`,
    simulatedDriver: `typeof import('sandbox-lifecycle/server/simulated').simulatedDriver`,
  },
  'docs/inspector.md': {
    store: `import('sandbox-lifecycle/server').Store`,
    driver: `import('sandbox-lifecycle/server').Driver`,
    client: `import('sandbox-lifecycle/client').SandboxClient`,
    inspector: `ReturnType<typeof import('sandbox-lifecycle/inspect').inspectLifecycle>`,
    createHost: `typeof import('sandbox-lifecycle/server').createHost`,
    inspectLifecycle: `typeof import('sandbox-lifecycle/inspect').inspectLifecycle`,
  },
};

/** A sample as a module: with the names of its page's text that it uses and does not declare itself. */
function toModule({ page, code, extension }: Sample, index: number): readonly [file: string, text: string] {
  const declarations = Object.entries(names[page] ?? {})
    .filter(([name]) => new RegExp(`\\b${name}\\b`).test(code) && !isDeclaredIn(code, name))
    .map(([name, type]) => `declare const ${name}: ${type};\n`);
  return [`${root}docs/sample-${index}.${extension}`, `${code}\n${declarations.join('')}export {};\n`];
}

function isDeclaredIn(code: string, name: string): boolean {
  return new RegExp(
    `\\b(const|let|function|class|interface) ${name}\\b|^import [^;]*\\b${name}\\b[^;]* from`,
    'm',
  ).test(code);
}

/** The problems that the compiler finds in these files, by file. */
function problemsOf(files: ReadonlyMap<string, string>): ReadonlyMap<string, string[]> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    jsx: ts.JsxEmit.ReactJSX,
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    // The entries as the package exports them once it is built.
    paths: Object.fromEntries(codeEntries().map(({ entry, file }) => [entry, [file]])),
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  const program = ts.createProgram([...files.keys()], options, {
    ...host,
    getSourceFile: (name, version) => {
      const content = host.readFile(name);
      return content === undefined ? undefined : ts.createSourceFile(name, content, version);
    },
  });
  const problems = new Map<string, string[]>();
  for (const name of files.keys()) {
    const source = program.getSourceFile(name);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    const sentences = found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    if (sentences.length > 0) problems.set(name, sentences);
  }
  return problems;
}

test('every sample of README and docs compiles, and a wrong one does not', { timeout: 600_000 }, () => {
  const samples = pages.flatMap(samplesOf);
  expect(samples.length).toBeGreaterThanOrEqual(30);
  const modules = samples.map(toModule);
  const wrong = `import { createSandboxClient } from 'sandbox-lifecycle/client';\ncreateSandboxClient({ id: 7 });`;
  const further = Object.entries(readersFiles).map(([file, text]) => [root + file, text] as const);
  const files = new Map([
    [`${root}docs/browser.d.ts`, browser],
    [`${root}docs/wrong.ts`, wrong],
    ...further,
    ...modules,
  ]);
  const problems = problemsOf(files);
  const rejected = samples.flatMap(({ page, name }, index) => {
    const found = problems.get(modules[index]?.[0] ?? '');
    return found === undefined ? [] : [`${page}, "${name}": ${found.join('; ')}`];
  });
  expect(rejected).toEqual([]);
  expect([...problems.keys()]).toEqual([`${root}docs/wrong.ts`]);
});
