import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The name of the database in a data folder. */
export const databaseName = 'sandboxes.db';

/** The database of a server: in its data folder, or the file itself. Throws an error when it does not exist. */
export function databaseAt(folderOrFile: string): string {
  const isFolder = statSync(folderOrFile, { throwIfNoEntry: false })?.isDirectory() === true;
  const path = isFolder ? join(folderOrFile, databaseName) : folderOrFile;
  if (existsSync(path)) return path;
  throw new Error(`${path} does not exist. Pass the --data folder of the server; its default is ./data.`);
}
