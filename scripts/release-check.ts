import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** The fields of a package.json that a release needs. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly author?: unknown;
  readonly license?: unknown;
  readonly repository?: unknown;
  readonly homepage?: unknown;
  readonly bugs?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The state of the repository that a release starts from. */
export interface ReleaseState {
  /** The package.json of `sandbox-lifecycle`. */
  readonly main: Manifest;
  /** The package.json of `sandbox-lifecycle-server`. */
  readonly server: Manifest;
  readonly changelog: string;
  /** The tags of the current commit. */
  readonly tags: readonly string[];
  readonly hasUncommittedChanges: boolean;
  readonly isBuilt: boolean;
}

const requiredFields = ['author', 'license', 'repository', 'homepage', 'bugs'] as const;

/** The problems that prevent a publication, one sentence each. */
export function releaseProblems(state: ReleaseState): string[] {
  const { main, server, changelog, tags } = state;
  const { version } = main;
  const problems = [...manifestProblems(main, 'package.json')];
  problems.push(...manifestProblems(server, 'packages/server/package.json'));
  if (server.version !== version)
    problems.push(`packages/server/package.json has version ${server.version}. Use ${version}.`);
  if (server.dependencies?.[main.name] !== version)
    problems.push(`packages/server/package.json does not depend on ${main.name} ${version}.`);
  const heading = changelog.split('\n').find((line) => line.startsWith(`## ${version}`));
  if (heading === undefined) problems.push(`CHANGELOG.md has no section "## ${version}".`);
  else if (!/, \d{4}-\d{2}-\d{2}$/.test(heading))
    problems.push(`CHANGELOG.md has "${heading}". Give it a date, such as "## ${version}, 2026-01-31".`);
  if (state.hasUncommittedChanges) problems.push('The working tree has uncommitted changes. Commit them.');
  if (!tags.includes(`v${version}`))
    problems.push(`The current commit has no tag v${version}. Create it with: git tag v${version}`);
  if (!state.isBuilt) problems.push('dist/cli.js is missing. Build it with: npm run build');
  return problems;
}

function manifestProblems(manifest: Manifest, file: string): string[] {
  const missing = requiredFields.filter((field) => manifest[field] === undefined);
  const problems = missing.map((field) => `${file} has no "${field}".`);
  return manifest.private === true ? [...problems, `${file} has "private": true. Remove it.`] : problems;
}

function readState(): ReleaseState {
  const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return {
    main: JSON.parse(read('package.json')),
    server: JSON.parse(read('packages/server/package.json')),
    changelog: read('CHANGELOG.md'),
    tags: git('tag', '--points-at', 'HEAD').split('\n'),
    hasUncommittedChanges: git('status', '--porcelain') !== '',
    isBuilt: existsSync(new URL('../dist/cli.js', import.meta.url)),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = releaseProblems(readState());
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log('Ready for a release.');
  else process.exitCode = 1;
}
