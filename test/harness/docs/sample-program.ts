import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Sample } from './samples.ts';

/** A sample in a program, with the test's own code around it. */
export interface Step {
  readonly sample: Sample;
  /** Code that runs before the sample: stand-ins for things that only a browser has. */
  readonly before?: string;
  /** Code that runs after the sample and sees its names: uses what the sample only defines. */
  readonly after?: string;
}

/** The result of a program. */
export interface ProgramResult {
  /** The exit code, or the signal that ended the program. */
  readonly ended: number | string;
  readonly output: string;
  readonly errors: string;
}

/** Options of {@link runProgram}. */
export interface ProgramOptions {
  /** The working directory, with `node_modules` in it. */
  readonly folder: string;
  readonly node: string;
  /** Replacements in the code of every sample, such as a free port for the documented one. */
  readonly replacements?: Readonly<Record<string, string>>;
  /** The time limit, in ms. */
  readonly limitMs?: number;
}

/**
 * Runs samples as one module. All see the names of the first one; the others each have their own scope. The module has a
 * function `check`, which throws when a condition does not hold within 60 s.
 */
export function runProgram(steps: readonly Step[], options: ProgramOptions): Promise<ProgramResult> {
  const { folder, node, replacements = {}, limitMs = 300_000 } = options;
  const [first, ...others] = steps.map((step) => toScope(step, replacements));
  const imports = new Set([first, ...others].flatMap((scope) => scope?.imports ?? []));
  const bodies = [first?.body ?? '', ...others.map(({ body }) => `{\n${body}\n}`)];
  const file = join(folder, `program-${++programs}.mjs`);
  writeFileSync(file, [...imports, checkFunction, ...bodies].join('\n'));
  return new Promise((resolve) => {
    const settings = { cwd: folder, timeout: limitMs, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
    execFile(node, [file], settings, (error, output, errors) => {
      resolve({ ended: error === null ? 0 : (error.code ?? error.signal ?? 'unknown'), output, errors });
    });
  });
}

let programs = 0;

const checkFunction = `
async function check(holds) {
  let problem;
  for (const until = Date.now() + 300_000; Date.now() < until; ) {
    try {
      if (await holds()) return;
    } catch (error) {
      problem = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('Not within 300 s: ' + holds, { cause: problem });
}`;

/** The imports of a step, one per name so that two samples may import the same, and its other code. */
function toScope(
  { sample, before = '', after = '' }: Step,
  replacements: Readonly<Record<string, string>>,
): { readonly imports: readonly string[]; readonly body: string } {
  const code = Object.entries(replacements).reduce(
    (text, [documented, used]) => text.replaceAll(documented, used),
    sample.code,
  );
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ES2022,
    verbatimModuleSyntax: true,
  };
  const { outputText } = ts.transpileModule(code, { compilerOptions: options });
  const imports: string[] = [];
  const body = outputText.replaceAll(
    /^import (?:(\w+)|\{([^}]*)\}) from (.*);$/gm,
    (_, whole, names, from) => {
      if (whole) imports.push(`import ${whole} from ${from};`);
      for (const name of names?.split(',') ?? []) {
        if (name.trim() !== '') imports.push(`import { ${name.trim()} } from ${from};`);
      }
      return '';
    },
  );
  return { imports, body: [before, body.replaceAll(/^export (\{\};)?/gm, ''), after].join('\n') };
}
