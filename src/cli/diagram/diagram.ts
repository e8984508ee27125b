import { drawChart, lifecycleChart } from '../../inspect/chart/index.ts';
import { definitionOf, toMermaid } from '../../inspect/diagram/index.ts';
import { sandboxMachine } from '../../machine/index.ts';
import type { Format } from './command.ts';

const writers: Readonly<Record<Format, () => string>> = {
  svg: () => drawChart(lifecycleChart),
  mermaid: () => toMermaid(definitionOf(sandboxMachine)),
  json: () => `${JSON.stringify(definitionOf(sandboxMachine), undefined, 2)}\n`,
};

/** The machine as a text in a format. */
export function diagramText(format: Format): string {
  return writers[format]();
}
