import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build as buildPackage } from 'tsdown';
import { build as buildPage } from 'vite';
import { buildInspectorPage } from './inspector-page.ts';

// By their interfaces: the command of tsdown prints a deprecation of every Node before 22.
await buildPackage({ logLevel: 'error' });
writeFileSync(new URL('../dist/inspector.html', import.meta.url), await buildInspectorPage());
await buildPage({
  configFile: fileURLToPath(new URL('../web/console/vite.config.ts', import.meta.url)),
  logLevel: 'warn',
});
