import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fillPage, type PageSource } from './fill-page.ts';

/** The paths where the file may be: beside the code in the package, or in `dist` while the code runs from source. */
const places = ['./inspector.html', '../inspector.html', '../../dist/inspector.html'];

/**
 * Returns the inspector as one self-contained HTML file with this source. Throws when the package is not built.
 *
 * @example
 * writeFileSync('session.html', inspectorPage({ session: inspector.session() }));
 */
export function inspectorPage(source: PageSource = {}): string {
  return fillPage(template(), source);
}

let kept: string | undefined;

function template(): string {
  if (kept !== undefined) return kept;
  const path = places.map((place) => fileURLToPath(new URL(place, import.meta.url))).find(existsSync);
  if (path === undefined)
    throw new Error('The inspector page is missing. Build the package with: npm run build');
  kept = readFileSync(path, 'utf8');
  return kept;
}
