import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** The files are beside the code in the package, and in their folder while the code runs from its sources. */
const places = ['./console/', '../console/', '../../dist/console/'];

/** One file of the page. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The same, compressed. */
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The console as it was built: its page, and what belongs to it by name. */
export interface ConsoleFiles {
  readonly page: string;
  readonly assets: ReadonlyMap<string, PageFile>;
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Reads the files that the package holds. Throws when it was not built. */
export function readConsole(): ConsoleFiles {
  const folder = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(`${path}index.html`));
  if (folder === undefined)
    throw new Error("The console's page is not there; build the package with npm run build.");
  const assets = readdirSync(`${folder}assets`).map((name) => {
    const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    const body = new Uint8Array(readFileSync(`${folder}assets/${name}`));
    return [name, { body, gzipped: new Uint8Array(gzipSync(body)), type }] as const;
  });
  return { page: readFileSync(`${folder}index.html`, 'utf8'), assets: new Map(assets) };
}
