import type { Command } from 'commander';
import { createCommand, valueOption } from '../command.ts';
import { oneOf } from '../values.ts';

/** The formats of the diagram. */
export const formats = ['svg', 'mermaid', 'json'] as const;

/** A format of the diagram. */
export type Format = (typeof formats)[number];

/** Creates the command `diagram`. */
export function createDiagramCommand(run: (format: Format) => Promise<void> | void): Command {
  return createCommand('diagram', 'Write the state machine to the standard output')
    .addOption(
      valueOption('--format <format>', 'svg, mermaid or json', oneOf('format', formats)).default('svg'),
    )
    .action(({ format }: { readonly format: Format }) => run(format));
}
