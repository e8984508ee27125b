import { describe, expect, test } from 'vitest';
import { type ReleaseState, releaseProblems } from '../../../scripts/release-check.ts';

const fields = {
  version: '1.2.0',
  author: 'authors',
  license: 'Apache-2.0',
  repository: 'https://example.org/repository',
  homepage: 'https://example.org',
  bugs: 'https://example.org/issues',
};

const ready: ReleaseState = {
  main: { name: 'sandbox-lifecycle', ...fields },
  server: { name: 'sandbox-lifecycle-server', ...fields, dependencies: { 'sandbox-lifecycle': '1.2.0' } },
  changelog: '# Changelog\n\n## 1.2.0, 2026-01-31\n\n- More.\n\n## 1.1.0, 2025-12-01\n',
  tags: ['v1.2.0'],
  hasUncommittedChanges: false,
  isBuilt: true,
};

test('reports no problem for a complete state', () => {
  expect(releaseProblems(ready)).toEqual([]);
});

const without = (field: string) => ({ main: { ...ready.main, [field]: undefined } as ReleaseState['main'] });

describe('reports exactly one problem', () => {
  test.each<[Partial<ReleaseState>, string]>([
    [without('repository'), 'package.json has no "repository".'],
    [without('homepage'), 'package.json has no "homepage".'],
    [without('bugs'), 'package.json has no "bugs".'],
    [without('author'), 'package.json has no "author".'],
    [without('license'), 'package.json has no "license".'],
    [{ main: { ...ready.main, private: true } }, 'package.json has "private": true. Remove it.'],
    [{ server: { ...ready.server, bugs: undefined } }, 'packages/server/package.json has no "bugs".'],
    [
      { server: { ...ready.server, version: '1.1.0' } },
      'packages/server/package.json has version 1.1.0. Use 1.2.0.',
    ],
    [
      { server: { ...ready.server, dependencies: { 'sandbox-lifecycle': '1.1.0' } } },
      'packages/server/package.json does not depend on sandbox-lifecycle 1.2.0.',
    ],
    [{ changelog: '## 1.1.0, 2025-12-01' }, 'CHANGELOG.md has no section "## 1.2.0".'],
    [
      { changelog: '## 1.2.0, unreleased' },
      'CHANGELOG.md has "## 1.2.0, unreleased". Give it a date, such as "## 1.2.0, 2026-01-31".',
    ],
    [{ tags: [] }, 'The current commit has no tag v1.2.0. Create it with: git tag v1.2.0'],
    [{ hasUncommittedChanges: true }, 'The working tree has uncommitted changes. Commit them.'],
    [{ isBuilt: false }, 'dist/cli.js is missing. Build it with: npm run build'],
  ])('%#: %j', (change, problem) => {
    expect(releaseProblems({ ...ready, ...change })).toEqual([problem]);
  });
});
