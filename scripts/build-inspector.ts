import { mkdirSync, writeFileSync } from 'node:fs';
import { buildInspectorPage } from './inspector-page.ts';

mkdirSync(new URL('../dist/', import.meta.url), { recursive: true });
writeFileSync(new URL('../dist/inspector.html', import.meta.url), await buildInspectorPage());
