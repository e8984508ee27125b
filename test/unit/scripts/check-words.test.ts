import { expect, test } from 'vitest';
import { findWords, proseOf } from '../../../scripts/check-words.ts';

const wordsIn = (source: string) =>
  proseOf(source, 'file.ts').flatMap(({ text, line }) =>
    findWords(text, 'file.ts', line).map(({ place, word }) => `${place} ${word.toLowerCase()}`),
  );

test('finds excluded words in comments, strings and templates', () => {
  const source = [
    '/** What a host does. */',
    "const error = 'The sandbox is gone.';",
    'const template = `It was told anew.`;',
  ].join('\n');
  expect(wordsIn(source).sort()).toEqual([
    'file.ts:1 * what a',
    'file.ts:2 is gone',
    'file.ts:3 anew',
    'file.ts:3 told',
  ]);
});

test('ignores names, single words and the keys of random draws', () => {
  expect(wordsIn("const told = 'told'; draw('told twice');")).toEqual([]);
});

test('reports the line in a page and the replacement', () => {
  expect(findWords('One line.\nIt is under way.', 'page.md')).toEqual([
    { place: 'page.md:2', word: 'under way', instead: '"in progress"' },
  ]);
});
