import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A code block of a documentation page. */
export interface Sample {
  /** The path of the page from the root. */
  readonly page: string;
  /** The heading above the block; later blocks below the same heading are `heading 2`, `heading 3` and so on. */
  readonly name: string;
  readonly extension: 'ts' | 'tsx' | 'js';
  readonly code: string;
}

/** The TypeScript and JavaScript blocks of a page, in order. */
export function samplesOf(page: string): Sample[] {
  const samples: Sample[] = [];
  const parts = readFileSync(root + page, 'utf8').matchAll(/^```(\w*)\n(.*?)^```$|^#+ ([^\n]*)$/gms);
  let heading = '';
  let count = 0;
  for (const [, language = '', code = '', title] of parts) {
    if (title !== undefined) {
      heading = title;
      count = 0;
    } else if (isCode(language)) {
      count++;
      samples.push({ page, name: count === 1 ? heading : `${heading} ${count}`, extension: language, code });
    }
  }
  return samples;
}

function isCode(language: string): language is Sample['extension'] {
  return ['ts', 'tsx', 'js'].includes(language);
}
