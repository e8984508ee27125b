import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exportsPage, packageExports } from '../../../scripts/exports-page.ts';

const exports = packageExports();

test('docs/exports.md matches the exports; after an intended change, run `npm run generate`', () => {
  expect(readFileSync(new URL('../../../docs/exports.md', import.meta.url), 'utf8')).toBe(
    exportsPage(exports),
  );
});

test('no two entries export one name with two meanings', () => {
  const origins = new Map<string, Set<string>>();
  for (const { name, origin } of exports) origins.set(name, (origins.get(name) ?? new Set()).add(origin));
  const doubled = exports.filter(({ name }) => (origins.get(name)?.size ?? 0) > 1);
  expect(doubled.map(({ entry, name, origin }) => `${entry} ${name}: ${origin}`)).toEqual([]);
});

test('every entry that the package exports is listed', () => {
  const { exports: entries } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  const code = Object.keys(entries).filter((entry) => !/\.(html|json)$/.test(entry));
  const listed = new Set(exports.map(({ entry }) => entry.replace('sandbox-lifecycle', '.')));
  expect([...listed].sort()).toEqual(code.sort());
});
