import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const api = 'http://127.0.0.1:8080';

// `npx vite web/console` serves the page for development, with the API of a server that `npm start` runs.
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
        // Libraries mark modules for server rendering, which the console does not use.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log);
      },
    },
  },
  experimental: {
    // The server has the page at its root, and the assets below `console/`.
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
