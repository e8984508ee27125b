import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const outDir = `${root}node_modules/.cache/planted-server`;

/** Builds the server with planted bugs once, because loading its TypeScript takes a second per start. Returns its path. */
export async function buildPlantedServer(): Promise<string> {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      ssr: fileURLToPath(new URL('planted-server.ts', import.meta.url)),
      outDir,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'planted-server.js' } },
    },
  });
  return `${outDir}/planted-server.js`;
}
