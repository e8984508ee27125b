import { namespacePattern } from '../server/http/request/tokens.ts';
import { printable } from '../utils/printable.ts';
import { UsageError } from './errors.ts';

/** Reads the text of an option or of an environment variable. */
export interface ValueReader<Value> {
  /** The value, or undefined for a text that is not valid. */
  readonly read: (text: string) => Value | undefined;
  /** A sentence with the values that are allowed. */
  readonly help: string;
  /** The noun of a value that is one of a list, such as `format`. */
  readonly noun?: string;
}

/** Reads a text. `source` is the flag or the variable that it comes from. Throws a {@link UsageError}. */
export function readValue<Value>(reader: ValueReader<Value>, text: string, source: string): Value {
  const value = reader.read(text);
  if (value !== undefined) return value;
  const quoted = `"${printable(text)}"`;
  const isFlag = source.startsWith('--');
  const problem =
    reader.noun === undefined
      ? `Invalid ${source} ${quoted}`
      : `Unknown ${reader.noun} ${quoted}${isFlag ? '' : ` in ${source}`}`;
  throw new UsageError(`${problem}. ${reader.help}`);
}

/** A text of any kind. */
export const anyText: ValueReader<string> = { read: (text) => text, help: '' };

/** One of a list of names. */
export function oneOf<const Name extends string>(noun: string, names: readonly Name[]): ValueReader<Name> {
  return {
    read: (text) => names.find((name) => name === text),
    help: `Use ${enumerate(names)}.`,
    noun,
  };
}

/** A whole number within bounds. */
export function wholeNumber(minimum: number, maximum: number): ValueReader<number> {
  return {
    read(text) {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return value >= minimum && value <= maximum ? value : undefined;
    },
    help: `Use a whole number from ${minimum} to ${maximum}.`,
  };
}

/** A TCP port; 0 stands for any free one. */
export const port = wholeNumber(0, 65_535);

/** A duration in ms, from `3s` or `500ms`. */
export const duration: ValueReader<number> = {
  read(text) {
    const [, digits, unit] = /^(\d{1,9})(ms|s)$/.exec(text) ?? [];
    return digits === undefined ? undefined : Number(digits) * (unit === 's' ? 1000 : 1);
  },
  help: 'Use a duration such as 500ms or 3s.',
};

/** A share from 0 to 1. */
export const share: ValueReader<number> = {
  read(text) {
    const value = /^(\d(\.\d{0,9})?|\.\d{1,9})$/.test(text) ? Number(text) : Number.NaN;
    return value <= 1 ? value : undefined;
  },
  help: 'Use a number from 0 to 1.',
};

/** A rate of requests and its burst, or `off`. */
export const rateLimit: ValueReader<{ readonly perSecond: number; readonly burst: number } | 'off'> = {
  read(text) {
    if (text === 'off') return 'off';
    const [, perSecond, burst = perSecond] = /^([1-9]\d{0,8})(?:\/([1-9]\d{0,8}))?$/.exec(text) ?? [];
    return perSecond === undefined ? undefined : { perSecond: Number(perSecond), burst: Number(burst) };
  },
  help: 'Use requests per second such as 100, with a burst such as 100/200, or off.',
};

/** An http or https URL. */
export const httpUrl: ValueReader<string> = {
  read: (text) => (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined),
  help: 'Use an http or https URL.',
};

/** The URL of a PostgreSQL database. */
export const postgresUrl: ValueReader<URL> = {
  read: (text) =>
    URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol) ? new URL(text) : undefined,
  help: 'Use the URL of a PostgreSQL database, such as postgres://user@host/database.',
};

/** The begin of the name of a host, which random characters follow. */
export const hostName: ValueReader<string> = {
  read: (text) => (/^[\w.:-]{1,100}$/.test(text) ? text : undefined),
  help: 'Use 1 to 100 letters, digits, dots, colons, hyphens and underscores.',
};

/** The name of a driver, or the http URL of a platform. */
export const driverName: ValueReader<'process' | 'simulated' | URL> = {
  read: (text) =>
    text === 'process' || text === 'simulated'
      ? text
      : httpUrl.read(text) === undefined
        ? undefined
        : new URL(text),
  help: 'Use process, simulated, or the http URL of a platform.',
  noun: 'driver',
};

/** A list of origins, separated by commas. */
export const origins: ValueReader<readonly string[]> = {
  read(text) {
    const list = text.split(',').map((origin) => origin.trim());
    const isOrigin = (origin: string) => URL.canParse(origin) && new URL(origin).origin === origin;
    return list.every(isOrigin) ? list : undefined;
  },
  help: 'Use origins such as https://console.example, separated by commas.',
};

/** A list of namespaces, separated by commas. */
export const namespaces: ValueReader<readonly string[]> = {
  read(text) {
    const list = [...new Set(text.split(',').map((namespace) => namespace.trim()))];
    return list.length <= 100 && list.every((one) => namespacePattern.test(one)) ? list : undefined;
  },
  help: 'Use at most 100 namespaces, separated by commas.',
};

/** The value of a switch in an environment variable. */
export const onOrOff: ValueReader<boolean> = {
  read: (text) =>
    (({ true: true, '1': true, false: false, '0': false }) as Record<string, boolean | undefined>)[text],
  help: 'Use true or false.',
};

function enumerate(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
