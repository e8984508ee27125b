import type { Flag } from '../command.ts';
import { simulationFlags } from '../simulation-flags.ts';
import {
  anyText,
  driverName,
  hostName,
  httpUrl,
  namespaces,
  oneOf,
  origins,
  port,
  postgresUrl,
  rateLimit,
  wholeNumber,
} from '../values.ts';

/** Values of the flags of `serve`. Files are not read yet; an absent flag is undefined unless it has a default. */
export interface ServeFlags {
  readonly host: string;
  readonly port?: number;
  readonly publicUrl?: string;
  readonly data: string;
  readonly store?: URL;
  readonly hostName?: string;
  readonly alive: number;
  readonly tokens?: string;
  readonly origins: readonly string[];
  readonly rateLimit: { readonly perSecond: number; readonly burst: number } | 'off';
  readonly driver: 'process' | 'simulated' | URL;
  readonly latency: number;
  readonly failures: number;
  readonly seed: number;
  readonly absenceGrace: number;
  readonly orphanGrace: number;
  readonly orphans: 'release' | 'keep';
  readonly restored?: boolean;
  readonly policy?: string;
  readonly idle?: boolean;
  readonly planMaximum?: number;
  readonly suspendedTimeout?: number;
  readonly logLevel: LogLevel;
  readonly usageMetrics: readonly string[];
  /** The flag or environment variable that each value comes from. */
  readonly sources: Readonly<Partial<Record<FlagName, string>>>;
}

/** The name of a flag as a key of {@link ServeFlags}. */
export type FlagName = Exclude<keyof ServeFlags, 'sources'>;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A level of the log. */
export type LogLevel = (typeof logLevels)[number];

/** The flags of `serve`, in the groups of its help. */
export const serveFlags: Readonly<Record<string, readonly Flag[]>> = {
  'Address and data:': [
    {
      flags: '--host <address>',
      help: 'the address to listen on; only a loopback one works without --tokens',
      reader: anyText,
      default: ['127.0.0.1'],
    },
    {
      flags: '--port <port>',
      help: 'the port; 0 for any free one (default: 8080, or a free one if taken)',
      reader: port,
    },
    {
      flags: '--public-url <url>',
      help: 'the URL that clients use, when a proxy changes it',
      reader: httpUrl,
    },
    {
      flags: '--data <folder>',
      help: 'the folder of the database and the sandboxes',
      reader: anyText,
      default: ['./data'],
    },
    {
      flags: '--store <url>',
      help: 'a PostgreSQL database that several servers share, instead of the folder; needs the URL of a platform as --driver',
      reader: postgresUrl,
    },
    {
      flags: '--host-name <name>',
      help: 'with --store: the begin of the name of this server among the others, in the log, the metrics and the list of hosts (default: the name of the machine)',
      reader: hostName,
    },
    {
      flags: '--alive <seconds>',
      help: 'with --store: how long after its last heartbeat the other servers leave the work of this one alone',
      reader: wholeNumber(1, 3_600),
      default: [15],
    },
  ],
  'Access:': [
    {
      flags: '--tokens <file>',
      help: 'a file with one token per line: SHA-256 in hex, namespace (* for an operator), and optionally an owner, scopes=read,write,metrics,admin and expires=2027-01-01; read again when it changes, and on SIGHUP',
      reader: anyText,
    },
    {
      flags: '--origins <list>',
      help: 'origins whose web pages may use the API, separated by commas',
      reader: origins,
      default: [[], 'none'],
    },
    {
      flags: '--rate-limit <n[/burst]>',
      help: 'requests per second for each token, and the burst; off for no limit',
      reader: rateLimit,
      default: [{ perSecond: 5_000, burst: 10_000 }, '5000/10000'],
    },
  ],
  'Driver:': [
    {
      flags: '--driver <name>',
      help: 'process (for development, no isolation), simulated (runs nothing), or the URL of a platform',
      reader: driverName,
      default: ['process'],
    },
    ...simulationFlags.map((flag) => ({ ...flag, help: `simulated: ${flag.help}` })),
  ],
  'Absent sandboxes:': [
    {
      flags: '--absence-grace <seconds>',
      help: 'how much longer than a minute a sandbox must be missing on the platform before it ends',
      reader: wholeNumber(0, 86_400),
      default: [60],
    },
    {
      flags: '--orphan-grace <seconds>',
      help: 'how long a sandbox without a record, or that was lost, is left alone before its release',
      reader: wholeNumber(0, 31_536_000),
      default: [900],
    },
    {
      flags: '--orphans <what>',
      help: 'release or keep sandboxes on the platform that have no record',
      reader: oneOf('treatment of orphans', ['release', 'keep']),
      default: ['release'],
    },
    {
      flags: '--restored',
      help: 'accept a database that a backup has replaced, and destroy nothing on the platform without an operator',
    },
  ],
  'Limits:': [
    {
      flags: '--policy <file>',
      help: 'a JSON file with all limits, quotas and the retention; the flags below override it',
      reader: anyText,
    },
    { flags: '--idle', help: 'count timeout_secs from the last activity instead of the start' },
    {
      flags: '--plan-maximum <seconds>',
      help: 'the longest timeout_secs that a client may request',
      reader: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    },
    {
      flags: '--suspended-timeout <seconds>',
      help: 'how long a suspended sandbox is kept without suspended_timeout_secs',
      reader: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    },
  ],
  'Log and metrics:': [
    {
      flags: '--log-level <level>',
      help: `${logLevels.join(', ')}; JSON lines on the standard error`,
      reader: oneOf('log level', logLevels),
      default: ['info'],
    },
    {
      flags: '--usage-metrics <list>',
      help: 'namespaces whose usage is in the metrics, separated by commas; GET /usage has all of them',
      reader: namespaces,
      default: [[], 'none'],
    },
  ],
};
