import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The Node that runs the packed package: the one that runs the tests, or another. */
export const node = process.env['PACKAGE_TEST_NODE'] ?? process.execPath;

/** Packs a package of the repository, as `npm publish` does. Returns the path of the tarball in `folder`. */
export function pack(packageFolder: string, folder: string): string {
  const args = ['pack', '--silent', '--pack-destination', folder];
  const name = execFileSync('npm', args, { cwd: join(root, packageFolder), encoding: 'utf8' });
  return join(folder, name.trim());
}

/** Unpacks a tarball into `node_modules` like `npm install`. */
export function unpack(tarball: string, folder: string, name: string): void {
  const target = join(folder, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
}

/** Links a dependency of the repository into `node_modules`, so that no test needs a registry. */
export function link(name: string, folder: string): void {
  const path = join(folder, 'node_modules', name);
  if (existsSync(path)) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), path);
}

/** The modules that a built file imports, directly or indirectly; with `dynamic` also those of dynamic imports. */
export function importsOf(file: string, { dynamic }: { readonly dynamic: boolean }): Set<string> {
  const found = new Set([normalize(file)]);
  const pattern = dynamic
    ? /^(?:import|export)\b[^;"']*["']([^"']+)["']|\bimport\(["']([^"']+)["']\)/gm
    : /^(?:import|export)\b[^;"']*["']([^"']+)["']/gm;
  for (const path of found) {
    if (!path.startsWith('/')) continue;
    for (const [, fixed, lazy] of readFileSync(path, 'utf8').matchAll(pattern)) {
      const specifier = fixed ?? lazy ?? '';
      found.add(specifier.startsWith('.') ? join(dirname(path), specifier) : specifier);
    }
  }
  return found;
}

/** A row of a table in docs/package.md. */
export interface Requirement {
  /** An entry such as `sandbox-lifecycle/machine`, or a command such as `sandbox-lifecycle serve`. */
  readonly subject: string;
  readonly packages: readonly string[];
  readonly runsInPages: boolean;
}

/** The rows of the tables in docs/package.md: the packages that each entry and each command needs. */
export function requirements(): Requirement[] {
  const text = readFileSync(join(root, 'docs/package.md'), 'utf8');
  return [...text.matchAll(/^\| `(sandbox-lifecycle[^`]*)` \| ([^|]*)\|(.*)$/gm)].map(
    ([, subject = '', packages = '', rest = '']) => ({
      subject,
      packages: [...packages.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
      runsInPages: rest.includes('pages'),
    }),
  );
}
