import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Missing } from './tools.ts';

/** The wall clock of one process, which a test sets while the process runs. Its elapsed time is the real one. */
export interface FakeClock {
  /** The words before a command that runs it on this clock. */
  readonly command: readonly string[];
  /** Sets the clock to this many seconds from the real one. */
  set(offsetSeconds: number): void;
  remove(): void;
}

/** The library in the folders in which distributions install it; `SANDBOX_LIFECYCLE_TEST_FAKETIME` names another file. */
export function findFaketime(): { readonly library: string } | Missing {
  const given = process.env['SANDBOX_LIFECYCLE_TEST_FAKETIME'];
  const folders = ['/usr/lib', ...(existsSync('/usr/lib') ? readdirSync('/usr/lib') : [])];
  const usual = folders.map((folder) => join('/usr/lib', folder, 'faketime/libfaketime.so.1'));
  const library = [...(given === undefined ? [] : [given]), ...usual].find((path) => existsSync(path));
  return library === undefined ? { skipped: 'libfaketime is not installed' } : { library };
}

/** Creates a clock that is the real one at first. */
export function createFakeClock(library: string): FakeClock {
  const folder = mkdtempSync(join(tmpdir(), 'fake-clock-'));
  const file = join(folder, 'offset');
  const set = (offsetSeconds: number) => {
    // The process reads the file again and again, and must never find half of it.
    writeFileSync(`${file}.new`, `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}\n`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  return {
    command: [
      ...['env', `LD_PRELOAD=${library}`, `FAKETIME_TIMESTAMP_FILE=${file}`],
      ...['FAKETIME_NO_CACHE=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1'],
    ],
    set,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
