import { writeFileSync } from 'node:fs';
import { exportsPage } from './exports-page.ts';
import { generated } from './generated.ts';

const files = [...(await generated()), ['docs/exports.md', exportsPage()] as const];
for (const [path, content] of files) writeFileSync(new URL(`../${path}`, import.meta.url), content);
