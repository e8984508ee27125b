import type { z } from 'zod';
import { parse } from '../../../schema/parse.ts';
import { RuleError } from '../../errors.ts';
import { readText } from './body-bytes.ts';
import { mustBeShallowAndPlain } from './json-safety.ts';
import { mustBeText } from './texts.ts';

/** A body that a route takes. */
export interface Body<Output> {
  readonly schema: z.ZodType<Output>;
  /** What an empty body stands for; when left out, there must be one. */
  readonly whenEmpty?: unknown;
}

/**
 * Reads a body by its schema. Throws `RuleError` for what is not JSON, lies too deep or has a key twice, `SchemaError`
 * with the path for what does not fit.
 */
export async function readBody<Output>(
  request: Request,
  { schema, whenEmpty }: Body<Output>,
): Promise<Output> {
  const text = await readText(request);
  const input = text === '' && whenEmpty !== undefined ? whenEmpty : readJson(text);
  return parse(schema, 'body', input);
}

/** Reads JSON that may come from anybody. */
export function readJson(text: string): unknown {
  mustBeShallowAndPlain(text);
  const value = parseJson(text);
  mustBeText(value);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RuleError('The body is not JSON.');
  }
}
