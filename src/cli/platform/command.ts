import type { Command } from 'commander';
import { createCommand, toOption, valueOption } from '../command.ts';
import { simulationFlags } from '../simulation-flags.ts';
import { port } from '../values.ts';

/** Options of `platform`. */
export interface PlatformOptions {
  /** The port; 0 for any free one. */
  readonly port: number;
  /** The duration of an operation, in ms. */
  readonly latency: number;
  /** The share of operations that fail, from 0 to 1. */
  readonly failures: number;
  /** The same seed fails the same operations. */
  readonly seed: number;
}

/** Creates the command `platform`. */
export function createPlatformCommand(run: (options: PlatformOptions) => Promise<void>): Command {
  const command = createCommand(
    'platform',
    'Serve a simulated platform that several servers share, for tests and demonstrations',
  ).addOption(valueOption('--port <port>', 'the port on 127.0.0.1; 0 for any free one', port).default(9090));
  for (const flag of simulationFlags) command.addOption(toOption(flag));
  return command.action((options: PlatformOptions) => run(options));
}
