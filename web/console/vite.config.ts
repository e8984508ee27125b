import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const api = 'http://127.0.0.1:8080';

// `npx vite web/console` shows the page while it is being changed, beside a server that `npm start` has started.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  html: { cspNonce: '%CSP_NONCE%' },
  build: {
    outDir: fileURLToPath(new URL('../../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      onLog(level, log, handle) {
        // The libraries mark their parts for servers that render; nothing is rendered on a server here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  experimental: {
    // The page is shown at the root, and what belongs to it below.
    renderBuiltUrl: (file) => `./console/${file}`,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '^/(sandboxes|snapshots|docs|inspect)(/|\\?|$)': {
        target: api,
        changeOrigin: true,
        headers: { origin: api },
      },
    },
  },
});
