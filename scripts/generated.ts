import { sandboxMachine } from '../src/machine/lifecycle.ts';
import { compileTable } from './compile-table.ts';

/** Every file that is derived from the machine, by its path from the project's root. A test compares them all. */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  return new Map([['src/machine/table.generated.ts', compileTable(sandboxMachine)]]);
}
