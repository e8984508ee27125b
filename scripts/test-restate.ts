import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Installs Restate into the cache, and runs the test of the sample in docs/engines.md. The server has 225 MB and the Business Source
// License, so it is not a dependency. Later versions of the SDK do not run on Node 20.
const root = fileURLToPath(new URL('../', import.meta.url));
const folder = join(root, 'node_modules/.cache/restate');
mkdirSync(folder, { recursive: true });
const run = (command: string, ...values: readonly string[]) =>
  execFileSync(command, values, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, REQUIRE_RESTATE: '1' },
  });
const packages = ['@restatedev/restate-server@1.7.12', '@restatedev/restate-sdk@1.14.5'];
run(
  'npm',
  'install',
  '--prefix',
  folder,
  '--no-save',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  ...packages,
);
run('npx', 'vitest', 'run', '--project', 'integration', 'test/integration/restate.test.ts');
