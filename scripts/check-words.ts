import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** Words that the language rules of CONTRIBUTING.md exclude, and what to write instead. */
const rules: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bmend(s|ed|ing)?\b/gi, 'fix'],
  [/\banew\b/gi, 'again'],
  [/\bthe like\b/gi, 'name the things, or "similar"'],
  [/\b(whoever|nobody)\b/gi, 'name the actor'],
  [/\b(is|are|was|were|has|have|had) gone\b/gi, '"is missing", "has exited" or "was deleted"'],
  [/\b(tells?|told)\b/gi, '"reports", "sends" or "shows"'],
  [/\basked for\b/gi, '"requested"'],
  [/\b(is|are) no\b/gi, '"is not a", "does not", or turn the sentence round'],
  [/\ba person\b/gi, '"the user"'],
  [/\bput off\b/gi, '"extended" or "postponed"'],
  [/\bunder way\b/gi, '"in progress"'],
  [/\b(take|takes|taken|took) back\b/gi, '"roll back"'],
  [
    /(?:^|[.:;]\s+|\*\s+)(What|Who) (?!(is|are|does|do|happens|to)\b[^.]*\?)[a-z]/g,
    'name the actor or the thing',
  ],
];

const codeBlock = /```[\s\S]*?```/g;

/** One excluded word: where it stands, and what to write instead. */
export interface Finding {
  readonly place: string;
  readonly word: string;
  readonly instead: string;
}

/** Finds excluded words in a text that begins at this line of a file. */
export function findWords(text: string, file: string, firstLine = 1): Finding[] {
  return rules.flatMap(([pattern, instead]) =>
    [...text.matchAll(pattern)].map((match) => {
      const line = firstLine + text.slice(0, match.index).split('\n').length - 1;
      return { place: `${file}:${line}`, word: match[0].trim(), instead };
    }),
  );
}

/** The prose of a source file: comments, string literals and the text of templates and JSX. */
export function proseOf(source: string, file: string): { readonly text: string; readonly line: number }[] {
  const parsed = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const prose: { text: string; line: number }[] = [];
  const add = (start: number, end: number) =>
    prose.push({
      text: source.slice(start, end),
      line: parsed.getLineAndCharacterOfPosition(start).line + 1,
    });
  const seen = new Set<number>();
  const visit = (node: ts.Node): void => {
    for (const comment of ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []) {
      if (!seen.has(comment.pos)) add(comment.pos, comment.end);
      seen.add(comment.pos);
    }
    // A string with a space is a sentence, but for the key of a random draw. A single word is a value.
    const isText = ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isJsxText(node);
    if (isText && !isDrawKey(node) && /\S\s+\S/.test(node.text)) add(node.getStart(), node.getEnd());
    ts.forEachChild(node, visit);
  };
  visit(parsed);
  return prose;
}

/** Whether a string is the key of a random draw: keys are part of the seed, so they never change. */
function isDrawKey({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && parent.expression.getText() === 'draw';
}

/** Finds excluded words in the tracked pages and source files below these folders; in all of them when none is given. */
export function checkWords(root: string, folders: readonly string[] = []): Finding[] {
  const patterns = ['*.md', '*.ts', '*.tsx', '*.html', '*.cjs'];
  const listed = execFileSync('git', ['ls-files', '--', ...patterns], { cwd: root, encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((file) => file !== '' && !/\.generated\.|check-words/.test(file))
    .filter((file) => folders.length === 0 || folders.some((folder) => file.startsWith(folder)))
    .flatMap((file) => {
      const text = readFileSync(`${root}/${file}`, 'utf8');
      if (/\.(md|html)$/.test(file))
        return [...findWords(text.replace(codeBlock, blank), file), ...inSamples(text, file)];
      return proseOf(text, file).flatMap((part) => findWords(part.text, file, part.line));
    });
}

/** Finds excluded words in the code samples of a page. */
function inSamples(text: string, file: string): Finding[] {
  return [...text.matchAll(codeBlock)].flatMap(({ 0: block, index }) => {
    const line = text.slice(0, index).split('\n').length;
    const code = block.replace(/^.*\n/, '\n').replace(/```$/, '');
    return proseOf(code, 'sample.tsx').flatMap((part) => findWords(part.text, file, line + part.line - 1));
  });
}

/** As many empty lines as a block has, so that the lines after it keep their numbers. */
function blank(block: string): string {
  return '\n'.repeat(block.split('\n').length - 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = checkWords(fileURLToPath(new URL('..', import.meta.url)), process.argv.slice(2));
  for (const { place, word, instead } of findings) console.log(`${place}: "${word}": write ${instead}`);
  console.log(`${findings.length} excluded words`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
