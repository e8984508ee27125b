import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fillPage, type PageSource } from './fill-page.ts';

/** The file is beside the code in the package, and in its folder while the code runs from its sources. */
const places = ['./inspector.html', '../inspector.html', '../../dist/inspector.html'];

/**
 * Returns the inspector as one HTML file that needs nothing else, with the source that it shows. Throws when the package was
 * not built.
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
    throw new Error("The inspector's page is not there; build the package with npm run build.");
  kept = readFileSync(path, 'utf8');
  return kept;
}
