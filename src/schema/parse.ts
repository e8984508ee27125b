import type { z } from 'zod';
import type { SandboxEvent } from '../model/events.ts';
import { eventTypes } from '../model/events.ts';
import type { Policy, PolicyInput } from '../model/policy.ts';
import type { Sandbox } from '../model/sandbox.ts';
import { eventSchema } from './event.ts';
import { policySchema } from './policy.ts';
import { type Quotas, type QuotasInput, quotasSchema } from './quotas.ts';
import { type RetentionInput, type RetentionSettings, retentionSchema } from './retention.ts';
import { sandboxSchema } from './sandbox.ts';

/** One problem of an input: its path, as in `event.operation`, and what would be right. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Input that does not fit its schema. The message has a sentence for each problem. Nothing was changed. */
export class SchemaError extends TypeError {
  override readonly name = 'SchemaError';
  /** Where the first problem is. */
  readonly path: string;
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(sentenceOf).join(' '));
    this.path = problems[0]?.path ?? '';
    this.problems = problems;
  }
}

/** A message that begins with its path is a sentence already. */
function sentenceOf({ path, message }: Problem): string {
  return message.startsWith(path) ? message : `${path} ${message}.`;
}

/**
 * Parses an event from untrusted input. Throws {@link SchemaError} with the path that is wrong.
 *
 * @example
 * const event = parseEvent(JSON.parse(line)); // SchemaError: event.at must be a whole number.
 */
export function parseEvent(input: unknown): SandboxEvent {
  return parse(eventSchema, 'event', input);
}

/**
 * Parses a record from untrusted input, with every invariant. Throws {@link SchemaError}.
 *
 * @example
 * const sandbox = parseSandbox(JSON.parse(row.record));
 */
export function parseSandbox(input: unknown): Sandbox {
  return parse(sandboxSchema, 'sandbox', input);
}

/**
 * Completes a policy: omitted values are the defaults. Throws {@link SchemaError}.
 *
 * @example
 * parsePolicy({ planMaximumSeconds: 3600 }).suspendRetryDelaySeconds; // 30
 */
export function parsePolicy(input: PolicyInput = {}): Policy {
  return parse(policySchema, 'policy', input);
}

/** Completes quotas: omitted ones are the defaults, and null is without a limit. Throws {@link SchemaError}. */
export function parseQuotas(input: QuotasInput = {}): Quotas {
  return parse(quotasSchema, 'quotas', input);
}

/** Completes the settings of retention: omitted ones are the defaults, and null is for ever. Throws {@link SchemaError}. */
export function parseRetention(input: RetentionInput = {}): RetentionSettings {
  return parse(retentionSchema, 'retention', input);
}

/** Parses with a schema, and throws a {@link SchemaError} whose paths begin with `root`. */
export function parse<Output>(schema: z.ZodType<Output>, root: string, input: unknown): Output {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new SchemaError(parsed.error.issues.flatMap((issue) => problemsOf(root, issue)));
}

function problemsOf(root: string, issue: z.core.$ZodIssue): Problem[] {
  const path = [root, ...issue.path.map(shown)].join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: `${path}.${shown(key)}`,
        message: 'is not a field; omit it',
      }));
    case 'invalid_value':
      return [{ path, message: `must be one of ${issue.values.join(', ')}` }];
    case 'invalid_union':
      return [{ path, message: `must be one of ${eventTypes.join(', ')}` }];
    case 'invalid_type':
      // Where the schema has a sentence of its own, it says more than the type.
      return [
        { path, message: /^must /.test(issue.message) ? issue.message : `must be of type ${issue.expected}` },
      ];
    default:
      return [{ path, message: issue.message }];
  }
}

/** The longest key that a path shows in full, in characters. */
const longestKey = 80;

/** Invisible characters, halves of characters, and those that reverse the text after them. */
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** A key of an untrusted input, for a sentence: it is not long, and a terminal shows every character of it. */
function shown(key: PropertyKey): string {
  const text = String(key);
  const start = text.length > longestKey ? `${text.slice(0, longestKey)}…` : text;
  return start.replace(hidden, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
