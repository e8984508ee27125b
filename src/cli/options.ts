import { readFileSync } from 'node:fs';
import { defaultPolicy, type PolicyInput } from '../model/policy.ts';
import { parsePolicy } from '../schema/parse.ts';
import { parseTokens, type RateLimit, type Token } from '../server/index.ts';
import { type Environment, givenOf, type Look } from './given.ts';
import { UsageError } from './help.ts';
import { type Given, readValue, toMilliseconds, toShare, toWholeNumber } from './values.ts';

/** The levels of a log, and none. */
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What `serve` is told. */
export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  /** Whether the port was asked for: then another one will not do. */
  readonly portAsked: boolean;
  readonly publicUrl: string | undefined;
  readonly data: string;
  readonly tokens: readonly Token[] | undefined;
  readonly origins: readonly string[];
  readonly rateLimit: RateLimit | undefined;
  readonly driver: 'process' | 'simulated';
  /** What the simulated driver is told. */
  readonly simulation: { readonly latencyMs: number; readonly failures: number; readonly seed: number };
  readonly policy: PolicyInput;
  readonly logLevel: (typeof logLevels)[number];
}

/**
 * Reads the arguments of `serve`, and from the environment what they do not say. Throws a {@link UsageError} for what
 * cannot be meant, and an `Error` for a file that cannot be read.
 */
export function readServeOptions(args: readonly string[], environment: Environment): ServeOptions {
  const given = givenOf(args, environment);
  const host = given('host')?.text ?? '127.0.0.1';
  const tokens = readFile(given('tokens'), parseTokens);
  if (tokens === undefined && !isLoopback(host)) {
    throw new UsageError(
      `--host ${host} can be reached from elsewhere; give --tokens, or listen on 127.0.0.1.`,
    );
  }
  return {
    host,
    port: readValue(given('port'), 8080, (text) => toWholeNumber(text, 0, 65_535), 'is no port.'),
    portAsked: given('port') !== undefined,
    publicUrl: readValue<string | undefined>(
      given('public-url'),
      undefined,
      toUrl,
      'is no http or https URL.',
    ),
    data: given('data')?.text ?? './data',
    tokens,
    origins: readValue(
      given('origins'),
      [],
      toOrigins,
      'is no list of origins, such as https://console.example.',
    ),
    rateLimit: readRateLimit(given('rate-limit')),
    driver: readValue(given('driver'), 'process', toDriver, 'is not there; there are process and simulated.'),
    simulation: readSimulation(given),
    policy: readPolicy(given),
    logLevel: readValue(
      given('log-level'),
      'info',
      (text) => logLevels.find((level) => level === text),
      `is no level; there are ${logLevels.join(', ')}.`,
    ),
  };
}

function readFile<Content>(given: Given | undefined, read: (text: string) => Content): Content | undefined {
  if (given === undefined) return undefined;
  try {
    return read(readFileSync(given.text, 'utf8'));
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${given.source} ${given.text} cannot be used: ${problem}`, { cause });
  }
}

function readRateLimit(given: Given | undefined): RateLimit | undefined {
  return (
    readValue<RateLimit | undefined | null>(
      given,
      { perSecond: 5_000, burst: 10_000 },
      (text) => {
        if (text === 'off') return null;
        const [, perSecond = '', burst = perSecond] =
          /^([1-9]\d{0,8})(?:\/([1-9]\d{0,8}))?$/.exec(text) ?? [];
        return perSecond === '' ? undefined : { perSecond: Number(perSecond), burst: Number(burst) };
      },
      'is no limit; give requests a second, as 100 or 100/200, or off.',
    ) ?? undefined
  );
}

function readSimulation(given: Look): ServeOptions['simulation'] {
  return {
    latencyMs: readValue(given('latency'), 0, toMilliseconds, 'is no time; give one such as 500ms or 3s.'),
    failures: readValue(given('failures'), 0, toShare, 'is no share; give a number from 0 to 1.'),
    seed: readValue(
      given('seed'),
      1,
      (text) => toWholeNumber(text, 0, 2 ** 32 - 1),
      `is no seed; give a whole number from 0 to ${2 ** 32 - 1}.`,
    ),
  };
}

function readPolicy(given: Look): PolicyInput {
  const fromFile = readFile(given('policy'), (text) => parsePolicy(JSON.parse(text))) ?? defaultPolicy;
  const maximum = given('plan-maximum');
  const isIdle = readValue(given('idle'), false, toSwitch, 'is neither true nor false.');
  const policy = {
    ...fromFile,
    ...(isIdle && { timeoutMeasures: 'idle' as const }),
    ...(maximum && {
      planMaximumSeconds: toWholeNumber(maximum.text, 1, Number.MAX_SAFE_INTEGER) ?? Number.NaN,
    }),
  };
  try {
    return parsePolicy(policy);
  } catch (error) {
    const whose = maximum === undefined ? '' : `${maximum.source} ${maximum.text} cannot be: `;
    throw new UsageError(`${whose}${error instanceof Error ? error.message : error}`);
  }
}

function toSwitch(text: string): boolean | undefined {
  return ({ true: true, '1': true, false: false, '0': false } as Record<string, boolean | undefined>)[text];
}

function toDriver(text: string): ServeOptions['driver'] | undefined {
  return text === 'process' || text === 'simulated' ? text : undefined;
}

function toUrl(text: string): string | undefined {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined;
}

function toOrigins(text: string): readonly string[] | undefined {
  const origins = text.split(',').map((origin) => origin.trim());
  return origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin)
    ? origins
    : undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
