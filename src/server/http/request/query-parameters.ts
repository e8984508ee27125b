import { type Status, statuses } from '../../../model/sandbox.ts';
import { printable } from '../../../utils/printable.ts';
import { RuleError } from '../../errors.ts';

/** A JSON Schema, as in an OpenAPI document. */
export type JsonSchema = { readonly [key: string]: unknown };

/** A parameter of a query: its reader and its description. */
export interface Parameter<Value> {
  readonly schema: JsonSchema;
  readonly required: boolean;
  readonly description: string;
  /**
   * Reads the first text, undefined for an omitted parameter, or all of a parameter that can be repeated. Throws a
   * `RuleError` that names the parameter.
   */
  read(text: string | undefined, name: string, all: readonly string[]): Value;
}

/** The parameters of a route by their names. */
export type Parameters<Query> = { readonly [Name in keyof Query]: Parameter<Query[Name]> };

/** Reads a query. Ignores parameters that the route does not know. */
export function readQuery<Query>(parameters: Parameters<Query>, given: URLSearchParams): Query {
  const names = Object.keys(parameters) as (keyof Query & string)[];
  const readOne = (name: keyof Query & string) => {
    // Forms send an omitted parameter as an empty one.
    const all = given.getAll(name).filter(Boolean);
    return parameters[name].read(given.get(name) || undefined, name, all);
  };
  return Object.fromEntries(names.map((name) => [name, readOne(name)])) as Query;
}

function refuse(name: string, text: string, help: string): never {
  throw new RuleError(`${name} is ${printable(text)}; use ${help}.`);
}

/** A whole number within bounds. */
export function wholeNumber(options: {
  readonly minimum: number;
  readonly maximum: number;
  readonly fallback: number;
  readonly description: string;
}): Parameter<number> {
  const { minimum, maximum, fallback, description } = options;
  return {
    schema: { type: 'integer', minimum, maximum, default: fallback },
    required: false,
    description,
    read(text, name) {
      if (text === undefined) return fallback;
      const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= minimum && value <= maximum) return value;
      return refuse(name, text, `a whole number from ${minimum} to ${maximum}`);
    },
  };
}

/** A number of seconds, to the millisecond. */
export function seconds(options: {
  readonly maximum: number;
  readonly fallback: number;
  readonly description: string;
}): Parameter<number> {
  const { maximum, fallback, description } = options;
  return {
    schema: { type: 'number', minimum: 0, maximum, default: fallback },
    required: false,
    description,
    read(text, name) {
      if (text === undefined) return fallback;
      const value = /^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
      return value <= maximum ? value : refuse(name, text, `seconds from 0 to ${maximum}`);
    },
  };
}

/** One of several words. */
export function oneOf<const Word extends string>(options: {
  readonly words: readonly [Word, ...Word[]];
  readonly description: string;
}): Parameter<Word> {
  const { words, description } = options;
  return {
    schema: { type: 'string', enum: words, default: words[0] },
    required: false,
    description,
    read: (text, name) =>
      words.find((word) => word === (text ?? words[0])) ?? refuse(name, String(text), words.join(' or ')),
  };
}

/** True or false. Default: false. */
export function flag({ description }: { readonly description: string }): Parameter<boolean> {
  return {
    schema: { type: 'boolean', default: false },
    required: false,
    description,
    read(text = 'false', name) {
      if (text === 'true' || text === 'false') return text === 'true';
      return refuse(name, text, 'true or false');
    },
  };
}

/** Any text. */
export function anyText({ description }: { readonly description: string }): Parameter<string | undefined> {
  return { schema: { type: 'string' }, required: false, description, read: (text) => text };
}

/** Statuses, separated by commas. Default: none. */
export function statusList(options: {
  readonly required: boolean;
  readonly description: string;
}): Parameter<readonly Status[]> {
  const words = statuses.join('|');
  const help = `one of ${statuses.join(', ')}, or several separated by commas`;
  return {
    schema: { type: 'string', pattern: `^(${words})?(,(${words})?)*$`, examples: ['running,suspended'] },
    ...options,
    read(text, name) {
      const list = text?.split(',').filter(Boolean) ?? [];
      if (options.required && list.length === 0) throw new RuleError(`${name} is missing; use ${help}.`);
      const unknown = list.find((word) => !(statuses as readonly string[]).includes(word));
      return unknown === undefined ? (list as unknown as readonly Status[]) : refuse(name, unknown, help);
    },
  };
}
