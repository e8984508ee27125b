import { linuxTable } from './linux.ts';
import { psTable } from './ps.ts';
import type { ProcessTable } from './table.ts';

/** The table of the system that this runs on. */
export function systemTable(): ProcessTable {
  return process.platform === 'linux' ? linuxTable() : psTable();
}
