import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds the server with planted bugs once, because loading its TypeScript takes a second per start. Returns its path. */
export const buildPlantedServer = () => buildPlanted('kill/planted-server.ts');

/** Builds a program of the folder `test/harness`. Returns its path. */
export async function buildPlanted(entry: string): Promise<string> {
  const name = basename(entry, '.ts');
  const outDir = `${root}node_modules/.cache/${name}`;
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      ssr: fileURLToPath(new URL(`../${entry}`, import.meta.url)),
      outDir,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: `${name}.js` } },
    },
  });
  return `${outDir}/${name}.js`;
}
