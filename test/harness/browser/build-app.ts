import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds a script beside this file into one HTML page, like the bundler of a user. */
export async function buildApp(script: string, body = ''): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      rolldownOptions: { input: fileURLToPath(new URL(script, import.meta.url)) },
    },
  });
  const [{ output }] = [built as { output: { code?: string }[] }];
  const code = output
    .map((file) => file.code ?? '')
    .join('\n')
    .replaceAll('</script', '<\\/script');
  return `<!doctype html><meta charset="utf-8"><title>App</title>${body}<script type="module">${code}</script>`;
}
