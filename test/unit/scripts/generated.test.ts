import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generated } from '../../../scripts/generated.ts';

const root = new URL('../../../', import.meta.url);

test.each([...(await generated())])('%s is what `npm run generate` writes', (path, content) => {
  expect(readFileSync(new URL(path, root), 'utf8')).toBe(content);
});
