import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/architecture.md`, 'utf8');

/** The files that a file imports, as paths from the root. */
function importsOf(file: string): string[] {
  const source = readFileSync(root + file, 'utf8');
  return [...source.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    posix.join(posix.dirname(file), path),
  );
}

const sections = page
  .split(/^### /m)
  .slice(1)
  .map((section) => {
    const [title = '', ...lines] = (section.split(/^## /m)[0] ?? '').split('\n');
    const steps = lines.flatMap((line) => /^\d+\. `([^`]+)`/.exec(line)?.[1] ?? []);
    return { title, steps };
  });

test('every file and folder that the page names exists', () => {
  const named = [...page.matchAll(/`((?:src|web|test|scripts|bench)(?:\/[^`]*)?)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(50);
  expect(named.filter((path) => !existsSync(root + path))).toEqual([]);
});

test('there are five journeys', () => {
  expect(sections).toHaveLength(5);
});

describe.each(sections)('the journey "$title"', ({ steps }) => {
  test('connects each file to the next by an import', () => {
    expect(steps.length).toBeGreaterThanOrEqual(8);
    const gaps = steps.slice(1).flatMap((step, index) => {
      const before = steps[index] ?? '';
      const isConnected = importsOf(before).includes(step) || importsOf(step).includes(before);
      return isConnected ? [] : [`${before} and ${step}`];
    });
    expect(gaps).toEqual([]);
  });
});

test('the table lists the layers that lint enforces', () => {
  const config = readFileSync(`${root}.dependency-cruiser.cjs`, 'utf8');
  const enforced = [...config.matchAll(/^ {2}(\w+): (\[.*?\]|core),$/gm)].map(([, layer]) => `src/${layer}`);
  expect(enforced.length).toBeGreaterThan(8);
  expect(enforced.filter((layer) => !page.includes(`| \`${layer}\` |`))).toEqual([]);
});
