import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import tsdown from '../tsdown.config.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The limit of a type's text, in characters. A longer one is cut and followed by its hash. */
const longestType = 400;

/** One name that an entry of the package exports. */
export interface Export {
  /** The entry that users import, such as `sandbox-lifecycle/server`. */
  readonly entry: string;
  readonly name: string;
  /** The file and the position of the declaration. Two entries that export the same thing have the same origin. */
  readonly origin: string;
  /** The declaration with its types, on one or more lines. */
  readonly text: string;
}

/** Returns every export of the package, entry by entry, as the compiler sees it. */
export function packageExports(): Export[] {
  const entries = codeEntries();
  const config = ts.getParsedCommandLineOfConfigFile(`${root}tsconfig.json`, {}, parseHost());
  const program = ts.createProgram(
    entries.map(({ file }) => file),
    { ...config?.options, types: ['node'] },
  );
  const checker = program.getTypeChecker();
  return entries.flatMap(({ entry, file }) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} exports nothing.`);
    return checker
      .getExportsOfModule(module)
      .map((symbol) => describe(checker, entry, symbol))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}

/** Returns the code entries of the package, each with its source file. */
export function codeEntries(): { readonly entry: string; readonly file: string }[] {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    exports: Record<string, string | { readonly default: string }>;
  };
  const sources = tsdown[0]?.entry as Record<string, string>;
  return Object.entries(exports).flatMap(([path, target]) => {
    if (typeof target === 'string') return [];
    const name = /^\.\/dist\/(.*)\.js$/.exec(target.default)?.[1] ?? '';
    return { entry: path.replace('.', 'sandbox-lifecycle'), file: `${root}${sources[name]}` };
  });
}

/** Writes docs/exports.md, a listing for reviewers, so that no export appears or changes by accident. */
export function exportsPage(exports: readonly Export[] = packageExports()): string {
  const entries = [...new Set(exports.map(({ entry }) => entry))];
  return [
    '# Exports',
    '',
    'Every export of every entry, with its type. `npm run generate` writes this page, and a test compares it.',
    ...entries.flatMap((entry) => [
      '',
      `## ${entry}`,
      '',
      '```ts',
      ...exports.filter((one) => one.entry === entry).map(({ text }) => text),
      '```',
    ]),
    '',
  ].join('\n');
}

function describe(checker: ts.TypeChecker, entry: string, symbol: ts.Symbol): Export {
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declaration = target.declarations?.[0];
  if (declaration === undefined)
    throw new Error(`${entry} exports ${symbol.name}, which has no declaration.`);
  const file = declaration.getSourceFile().fileName.replace(root, '');
  return {
    entry,
    name: symbol.name,
    origin: `${file}:${declaration.getStart()}`,
    text: textOf(checker, symbol.name, target, declaration),
  };
}

function textOf(checker: ts.TypeChecker, name: string, symbol: ts.Symbol, node: ts.Declaration): string {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return withoutComments(node);
  const type = checker.getTypeOfSymbol(symbol);
  if (ts.isFunctionDeclaration(node)) {
    return type
      .getCallSignatures()
      .map((signature) => `function ${name}${checker.signatureToString(signature, node, format)};`)
      .join('\n');
  }
  if (ts.isClassDeclaration(node)) return classText(checker, name, node);
  return `const ${name}: ${shorten(checker.typeToString(type, node, format))};`;
}

const format = ts.TypeFormatFlags.NoTruncation;

const printer = ts.createPrinter({ removeComments: true });

function withoutComments(node: ts.Node): string {
  const text = printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  return text.replace(/^export (declare )?/, '');
}

/** Writes the constructor and the fields of a class, without bodies. */
function classText(checker: ts.TypeChecker, name: string, node: ts.ClassDeclaration): string {
  const heritage = node.heritageClauses?.map((clause) => ` ${clause.getText()}`).join('') ?? '';
  const members = node.members.map((member) => {
    if (ts.isConstructorDeclaration(member)) {
      return `    constructor(${member.parameters.map((parameter) => parameter.getText()).join(', ')});`;
    }
    const type = checker.getTypeAtLocation(member);
    return `    readonly ${member.name?.getText()}: ${shorten(checker.typeToString(type, member, format))};`;
  });
  return [`class ${name}${heritage} {`, ...members, '}'].join('\n');
}

function shorten(type: string): string {
  if (type.length <= longestType) return type;
  const hash = createHash('sha256').update(type).digest('hex').slice(0, 12);
  return `${type.slice(0, longestType)}… /* ${type.length} characters, sha256 ${hash} */`;
}

function parseHost(): ts.ParseConfigFileHost {
  return { ...ts.sys, onUnRecoverableConfigFileDiagnostic: ({ messageText }) => fail(messageText) };
}

function fail(message: string | ts.DiagnosticMessageChain): never {
  throw new Error(ts.flattenDiagnosticMessageText(message, '\n'));
}
