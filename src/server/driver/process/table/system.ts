import { linuxTable } from './linux.ts';
import { psTable } from './ps.ts';
import type { ProcessTable } from './table.ts';

/** Creates the process table for this system. */
export function systemTable(): ProcessTable {
  return process.platform === 'linux' ? linuxTable() : psTable();
}
