import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** The last known state of the database in a folder, by which an older, a foreign or a missing database is recognised. */
export interface Mark {
  /** The identity of the database. */
  readonly identity: string;
  /** The sequence of a row of history that the database had. */
  readonly sequence: number;
}

/** The file of the mark of a database. */
export function markFileOf(path: string): string {
  return `${path}.mark`;
}

/** Reads the mark beside a database. A mark that cannot be read is `unreadable`, which still says that the folder was used. */
export function readMark(path: string): Mark | 'unreadable' | undefined {
  let text: string;
  try {
    text = readFileSync(markFileOf(path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { identity, sequence } = JSON.parse(text) as Partial<Mark>;
    if (typeof identity === 'string' && Number.isSafeInteger(sequence))
      return { identity, sequence: Number(sequence) };
  } catch {
    // Another program or a damaged disk has changed it.
  }
  return 'unreadable';
}

/**
 * Creates a function that writes the mark beside a database, as a whole, unless the database has no history or the mark is the
 * same. The mark is never ahead of the database, also after a crash, because the commits that it counts are on disk. Throws when
 * the file cannot be written.
 */
export function markWriter(path: string): (mark: Mark | undefined) => void {
  const file = markFileOf(path);
  const unfinished = `${file}.unfinished`;
  let written = 0;

  return (mark) => {
    if (mark === undefined || mark.sequence === written) return;
    try {
      writeFileSync(unfinished, `${JSON.stringify(mark)}\n`, { mode: 0o600, flush: true });
      renameSync(unfinished, file);
      written = mark.sequence;
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
  };
}
