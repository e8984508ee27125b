import { readFileSync } from 'node:fs';
import { defaultPolicy, type PolicyInput } from '../../model/policy.ts';
import { parsePolicy } from '../../schema/parse.ts';
import { parseTokens, type RateLimit, type Token } from '../../server/index.ts';
import { UsageError } from '../errors.ts';
import type { FlagName, LogLevel, ServeFlags } from './flags.ts';

/** The configuration of `serve`. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Whether the user chose the port; the server then uses no other one. */
  readonly isPortChosen: boolean;
  readonly publicUrl: string | undefined;
  readonly data: string;
  readonly tokens: readonly Token[] | undefined;
  readonly origins: readonly string[];
  readonly rateLimit: RateLimit | undefined;
  readonly driver: 'process' | 'simulated';
  /** Options of the simulated driver. */
  readonly simulation: { readonly latencyMs: number; readonly failures: number; readonly seed: number };
  readonly policy: PolicyInput;
  readonly logLevel: LogLevel;
}

/**
 * Turns flags into the configuration, and reads the files that they name. Throws a {@link UsageError} for values that
 * do not fit together, and an `Error` for a file that cannot be used.
 */
export function readServeOptions(flags: ServeFlags): ServeOptions {
  const { host, port, publicUrl, data, origins, rateLimit, driver, logLevel } = flags;
  const tokens = readFile(flags, 'tokens', parseTokens);
  if (tokens === undefined && !isLoopback(host)) {
    throw new UsageError(`Other machines can reach --host ${host}. Pass --tokens, or listen on 127.0.0.1.`);
  }
  return {
    ...{ host, data, tokens, origins, driver, publicUrl, logLevel },
    port: port ?? 8080,
    isPortChosen: port !== undefined,
    rateLimit: rateLimit === 'off' ? undefined : rateLimit,
    simulation: { latencyMs: flags.latency, failures: flags.failures, seed: flags.seed },
    policy: readPolicy(flags),
  };
}

function readPolicy(flags: ServeFlags): PolicyInput {
  const { idle, planMaximum, suspendedTimeout, sources } = flags;
  const fromFile = readFile(flags, 'policy', (text) => parsePolicy(JSON.parse(text))) ?? defaultPolicy;
  try {
    return parsePolicy({
      ...fromFile,
      ...(idle && { timeoutMeasures: 'idle' as const }),
      ...(planMaximum !== undefined && { planMaximumSeconds: planMaximum }),
      ...(suspendedTimeout !== undefined && { suspendedTimeoutSeconds: suspendedTimeout }),
    });
  } catch (error) {
    const place = planMaximum === undefined ? '' : `Invalid ${sources.planMaximum} "${planMaximum}". `;
    throw new UsageError(`${place}${error instanceof Error ? error.message : error}`);
  }
}

function readFile<Content>(
  flags: ServeFlags,
  name: FlagName & ('tokens' | 'policy'),
  read: (text: string) => Content,
): Content | undefined {
  const path = flags[name];
  if (path === undefined) return undefined;
  try {
    return read(readFileSync(path, 'utf8'));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot use ${flags.sources[name]} ${path}: ${problem}`, { cause });
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
