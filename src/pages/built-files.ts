import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** The folders where the files may be: beside the code in the package, or in `dist` while the code runs from source. */
const places = ['./console/', '../console/', '../../dist/console/'];

/** One file of the page. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The body, compressed by gzip. */
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The built console: its page, and its assets by name. */
export interface ConsoleFiles {
  readonly page: string;
  readonly assets: ReadonlyMap<string, PageFile>;
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Reads the files of the built package. Throws when the package is not built. */
export function readConsole(): ConsoleFiles {
  const folder = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(`${path}index.html`));
  if (folder === undefined)
    throw new Error('The console page is missing. Build the package with: npm run build');
  const assets = readdirSync(`${folder}assets`).map((name) => {
    const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    const body = new Uint8Array(readFileSync(`${folder}assets/${name}`));
    return [name, { body, gzipped: new Uint8Array(gzipSync(body)), type }] as const;
  });
  return { page: readFileSync(`${folder}index.html`, 'utf8'), assets: new Map(assets) };
}
