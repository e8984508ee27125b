import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { PolicyInput } from '../../model/policy.ts';
import { parsePolicy, parseQuotas, parseRetention } from '../../schema/parse.ts';
import type { QuotasInput } from '../../schema/quotas.ts';
import type { RetentionInput } from '../../schema/retention.ts';
import type { HostOptions, RateLimit, Token } from '../../server/index.ts';
import { UsageError } from '../errors.ts';
import type { FlagName, LogLevel, ServeFlags } from './flags.ts';
import { tokensOf } from './token-file.ts';

/** The configuration of `serve`. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Whether the user chose the port; the server then uses no other one. */
  readonly isPortChosen: boolean;
  readonly publicUrl: string | undefined;
  readonly data: string;
  /** The PostgreSQL database that several servers share. Undefined for SQLite in the folder. */
  readonly store: URL | undefined;
  /** The name of this server among those that share the database, which no other and no earlier one has. Undefined for SQLite. */
  readonly hostName: string | undefined;
  /** How long after its last heartbeat the other servers leave the work of this one alone, in s. */
  readonly aliveSeconds: number;
  readonly tokens: readonly Token[] | undefined;
  /** The path of the file of the tokens. */
  readonly tokenFile: string | undefined;
  readonly origins: readonly string[];
  readonly rateLimit: RateLimit | undefined;
  /** A driver of this process, or the URL of a platform. */
  readonly driver: 'process' | 'simulated' | URL;
  /** Options of the simulated driver. */
  readonly simulation: { readonly latencyMs: number; readonly failures: number; readonly seed: number };
  /** How the host treats sandboxes that are absent, or have no record. */
  readonly presence: Pick<HostOptions, 'absenceGraceSeconds' | 'orphanGraceSeconds' | 'orphans'>;
  /** Whether the database is a restored backup. */
  readonly restored: boolean;
  readonly policy: PolicyInput;
  /** The quotas of each namespace. */
  readonly quotas: QuotasInput | undefined;
  /** How long the host keeps what is old. */
  readonly retention: RetentionInput | undefined;
  readonly logLevel: LogLevel;
  /** The namespaces whose usage is in the metrics. */
  readonly usageNamespaces: readonly string[];
}

/**
 * Turns flags into the configuration, and reads the files that they name. Throws a {@link UsageError} for values that
 * do not fit together, and an `Error` for a file that cannot be used.
 */
export function readServeOptions(flags: ServeFlags): ServeOptions {
  const {
    host,
    port,
    publicUrl,
    data,
    store,
    origins,
    rateLimit,
    driver,
    logLevel,
    restored = false,
  } = flags;
  const tokens = readFile(flags, 'tokens', tokensOf);
  if (tokens === undefined && !isLoopback(host)) {
    throw new UsageError(`Other machines can reach --host ${host}. Pass --tokens, or listen on 127.0.0.1.`);
  }
  if (store !== undefined && !(driver instanceof URL))
    throw new UsageError(
      `Several servers share the database of --store, and only one process reaches the sandboxes of --driver ${driver}. Pass the http URL of a platform as --driver.`,
    );
  const file = readFile(flags, 'policy', policyFileOf) ?? policyFileOf('{}');
  return {
    ...{ host, data, store, tokens, tokenFile: flags.tokens, origins, driver, publicUrl, logLevel, restored },
    hostName: store && hostNameFrom(flags.hostName ?? hostname()),
    aliveSeconds: flags.alive,
    port: port ?? 8080,
    isPortChosen: port !== undefined,
    usageNamespaces: flags.usageMetrics,
    rateLimit: rateLimit === 'off' ? undefined : rateLimit,
    simulation: { latencyMs: flags.latency, failures: flags.failures, seed: flags.seed },
    presence: {
      absenceGraceSeconds: flags.absenceGrace,
      orphanGraceSeconds: flags.orphanGrace,
      orphans: flags.orphans,
    },
    policy: readPolicy(flags, file.policy),
    quotas: file.quotas,
    retention: file.retention,
  };
}

/** A name of a host that no other one has, also after a restart. */
function hostNameFrom(begin: string): string {
  return `${begin.replace(/[^\w.:-]/g, '-').slice(0, 100)}-${randomBytes(3).toString('hex')}`;
}

/** Reads the text of a policy file: a policy, and beside its fields the `quotas` of each namespace and the `retention`. */
function policyFileOf(text: string): Pick<ServeOptions, 'policy' | 'quotas' | 'retention'> {
  const input: unknown = JSON.parse(text);
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  if (!isObject)
    return { policy: parsePolicy(input as PolicyInput), quotas: undefined, retention: undefined };
  const { quotas, retention, ...policy } = input as PolicyFile;
  return {
    policy: parsePolicy(policy),
    quotas: quotas === undefined ? undefined : parseQuotas(quotas),
    retention: retention === undefined ? undefined : parseRetention(retention),
  };
}

type PolicyFile = PolicyInput & { readonly quotas?: QuotasInput; readonly retention?: RetentionInput };

function readPolicy(flags: ServeFlags, fromFile: PolicyInput): PolicyInput {
  const { idle, planMaximum, suspendedTimeout, sources } = flags;
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
