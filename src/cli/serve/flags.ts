import {
  anyText,
  duration,
  httpUrl,
  oneOf,
  origins,
  port,
  rateLimit,
  share,
  type ValueReader,
  wholeNumber,
} from '../values.ts';

/** Values of the flags of `serve`. Files are not read yet; an absent flag is undefined unless it has a default. */
export interface ServeFlags {
  readonly host: string;
  readonly port?: number;
  readonly publicUrl?: string;
  readonly data: string;
  readonly tokens?: string;
  readonly origins: readonly string[];
  readonly rateLimit: { readonly perSecond: number; readonly burst: number } | 'off';
  readonly driver: 'process' | 'simulated';
  readonly latency: number;
  readonly failures: number;
  readonly seed: number;
  readonly policy?: string;
  readonly idle?: boolean;
  readonly planMaximum?: number;
  readonly suspendedTimeout?: number;
  readonly logLevel: LogLevel;
  /** The flag or environment variable that each value comes from. */
  readonly sources: Readonly<Partial<Record<FlagName, string>>>;
}

/** The name of a flag as a key of {@link ServeFlags}. */
export type FlagName = Exclude<keyof ServeFlags, 'sources'>;

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** A level of the log. */
export type LogLevel = (typeof logLevels)[number];

/** One flag of `serve`. */
export interface Flag {
  readonly flags: string;
  readonly help: string;
  /** Without one, the flag is a switch. */
  readonly reader?: ValueReader<unknown>;
  /** The default: its value, and its text where that reads better. */
  readonly default?: readonly [value: unknown, text?: string];
}

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
  ],
  'Access:': [
    {
      flags: '--tokens <file>',
      help: 'a file with one token per line: SHA-256 in hex, namespace, optionally a holder',
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
      help: 'process (for development, no isolation) or simulated (runs nothing)',
      reader: oneOf('driver', ['process', 'simulated']),
      default: ['process'],
    },
    {
      flags: '--latency <time>',
      help: 'simulated: the duration of an operation, such as 500ms or 3s',
      reader: duration,
      default: [0, '0ms'],
    },
    {
      flags: '--failures <share>',
      help: 'simulated: the share of operations that fail, from 0 to 1',
      reader: share,
      default: [0],
    },
    {
      flags: '--seed <number>',
      help: 'simulated: the same seed fails the same operations',
      reader: wholeNumber(0, 2 ** 32 - 1),
      default: [1],
    },
  ],
  'Limits:': [
    {
      flags: '--policy <file>',
      help: 'a JSON file with all limits; the flags below override it',
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
  'Log:': [
    {
      flags: '--log-level <level>',
      help: `${logLevels.join(', ')}; JSON lines on the standard error`,
      reader: oneOf('log level', logLevels),
      default: ['info'],
    },
  ],
};
