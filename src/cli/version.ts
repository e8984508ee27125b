import { createRequire } from 'node:module';

/** The version of the package, from its own package.json, wherever this file was bundled to. */
export function readVersion(): string {
  const { version } = createRequire(import.meta.url)('sandbox-lifecycle/package.json') as {
    version: string;
  };
  return version;
}
