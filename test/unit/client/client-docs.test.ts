import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const text = readFileSync(`${root}docs/client.md`, 'utf8');
const samples = [...text.matchAll(/```(tsx?)\n(.*?)```/gs)].map(
  ([, extension, code], index) => [`${root}docs/sample-${index}.${extension}`, code ?? ''] as const,
);

/** What a page has and the library's own types leave out, as far as the samples use it. */
const page = `
  declare const location: { readonly origin: string };
  declare const localStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void; removeItem(key: string): void };
  declare function addEventListener(type: 'online', listener: () => void): void;
  declare function alert(message: string): void;
`;

function problemsOf(files: ReadonlyMap<string, string>): string[] {
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
    // As the package's exports have them once it is built.
    paths: {
      'sandbox-lifecycle': [`${root}src/index.ts`],
      'sandbox-lifecycle/client': [`${root}src/client/index.ts`],
      'sandbox-lifecycle/react': [`${root}src/react/index.ts`],
    },
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
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
}

test('every sample of the client’s page compiles, and a wrong one does not', () => {
  expect(samples.length).toBeGreaterThanOrEqual(6);
  const wrong = `import { createSandboxClient } from 'sandbox-lifecycle/client';\ncreateSandboxClient({ id: 7 });`;
  const files = new Map([[`${root}docs/page.d.ts`, page], [`${root}docs/wrong.ts`, wrong], ...samples]);
  const problems = problemsOf(files);
  expect(problems.filter((problem) => !problem.includes('wrong.ts'))).toEqual([]);
  expect(problems).not.toEqual([]);
});
