import { parseArgs } from 'node:util';
import { drawChart, lifecycleChart } from '../../inspect/chart/index.ts';
import { definitionOf, toMermaid, toScxml } from '../../inspect/diagram/index.ts';
import { sandboxMachine } from '../../machine/index.ts';
import { UsageError } from '../help.ts';

const writers: Readonly<Record<string, () => string>> = {
  svg: () => drawChart(lifecycleChart),
  mermaid: () => toMermaid(definitionOf(sandboxMachine)),
  json: () => `${JSON.stringify(definitionOf(sandboxMachine), undefined, 2)}\n`,
  scxml: () => toScxml(definitionOf(sandboxMachine)),
};

/** The formats that a diagram comes in. */
export const formats: readonly string[] = Object.keys(writers);

/** Writes the machine to the standard output, in the format that is asked for. */
export function diagram(args: readonly string[]): void {
  process.stdout.write(diagramText(args));
}

/** The diagram as a text. Throws a {@link UsageError} for what it does not know. */
export function diagramText(args: readonly string[]): string {
  const format = readFormat(args);
  const write = Object.hasOwn(writers, format) ? writers[format] : undefined;
  if (write === undefined)
    throw new UsageError(`--format ${format} is not there; there are ${formats.join(', ')}.`);
  return write();
}

function readFormat(args: readonly string[]): string {
  try {
    return parseArgs({ args: [...args], options: { format: { type: 'string' } } }).values.format ?? 'svg';
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
