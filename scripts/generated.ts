import { drawChart } from '../src/inspect/chart/draw.ts';
import { lifecycle } from '../src/machine/lifecycle.ts';
import { compileCommandTable, compileTable } from './compile-table.ts';
import { errorsPage } from './errors-page.ts';
import { compileGeometry, layoutChart } from './layout-chart.ts';
import { statesPage } from './states-page.ts';

/**
 * Returns every file that is generated from the machine or from the table of errors, by its path from the project's root. A test compares them all.
 */
export async function generated(): Promise<ReadonlyMap<string, string>> {
  const chart = await layoutChart(lifecycle);
  return new Map([
    ['src/machine/table.generated.ts', compileTable(lifecycle)],
    ['src/machine/command-table.generated.ts', compileCommandTable(lifecycle)],
    ['src/inspect/chart/geometry.generated.ts', compileGeometry(chart)],
    ['docs/lifecycle.svg', drawChart(chart)],
    ['docs/states.md', statesPage(lifecycle)],
    ['docs/errors.md', errorsPage()],
  ]);
}
