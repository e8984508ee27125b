import type { z } from 'zod';
import { parse } from '../../../schema/parse.ts';
import { RuleError } from '../../errors.ts';
import { readJson } from './read-json.ts';
import { mustNotHave, type RefusedFields } from './refused-fields.ts';

/** The body of a route. */
export interface Body<Output> {
  readonly schema: z.ZodType<Output>;
  /** The value of an empty body. Without it, an empty body is not JSON. */
  readonly whenEmpty?: unknown;
  /** Fields that this API knows but cannot honour here. They get 400, unlike unknown fields, which are ignored. */
  readonly refused?: RefusedFields;
}

const emptyBody =
  'The request body is empty, but Content-Length announces one. A body parser such as express.json() may have read it: mount the API before body parsers.';

/** The maximum size of a body, in bytes. */
const largestBody = 1024 * 1024;

/** A body exceeds the maximum size. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';

  constructor() {
    super('The body is larger than 1 MiB.');
  }
}

/** A client disconnected while it sent its body. It does not read the reply, and the server is not at fault. */
export class IncompleteBodyError extends Error {
  override readonly name = 'IncompleteBodyError';

  constructor(cause: unknown) {
    super('The body ended before it was complete.', { cause });
  }
}

/** Another reader has read the body before the API. The server is at fault: its parts are mounted in the wrong order. */
export class ConsumedBodyError extends Error {
  override readonly name = 'ConsumedBodyError';

  constructor() {
    super(
      'The request body was already read, for example by express.json(). Mount the API before body parsers.',
    );
  }
}

/**
 * Reads a body by its schema. Throws {@link TooLargeError}, {@link IncompleteBodyError}, {@link ConsumedBodyError},
 * `RuleError` for a text that is not UTF-8, not JSON, too deep, has a key twice or a field that cannot be honoured, and `SchemaError` with the path for a
 * value that does not match.
 */
export async function readBody<Output>(
  request: Request,
  { schema, whenEmpty, refused }: Body<Output>,
): Promise<Output> {
  const text = decode(await readBytes(request));
  const input = text === '' && whenEmpty !== undefined ? whenEmpty : readJson(text);
  if (refused) mustNotHave(refused, input);
  return parse(schema, 'body', input);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RuleError('The body is not UTF-8.');
  }
}

/** Reads the bytes of a body. Counts them while they arrive when the client does not announce their number. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (announced === '0') return new Uint8Array();
  if (Number(announced ?? 0) > largestBody) throw new TooLargeError();
  // A body that is announced as small is read at once, because HTTP enforces the announced length.
  const bytes = announced === null ? await readCounted(request) : await readWhole(request);
  if (bytes.byteLength > largestBody) throw new TooLargeError();
  // A parser that has read the stream below the request leaves an empty body. So may a client whose header is false.
  if (bytes.byteLength === 0 && Number(announced ?? 0) > 0) throw new RuleError(emptyBody);
  return bytes;
}

async function readWhole(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    // The Fetch standard has a TypeError for a body that another reader has used or locked.
    if (error instanceof TypeError && !request.signal.aborted) throw new ConsumedBodyError();
    throw new IncompleteBodyError(error);
  }
}

async function readCounted(request: Request): Promise<Uint8Array> {
  const { body } = request;
  if (body === null) return new Uint8Array();
  if (request.bodyUsed || body.locked) throw new ConsumedBodyError();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new IncompleteBodyError(error);
    });
    if (done) return joined(chunks, length);
    length += value.byteLength;
    if (length > largestBody) {
      // The server does not need the rest. Errors of the cancellation are ignored.
      reader.cancel().catch(() => {});
      throw new TooLargeError();
    }
    chunks.push(value);
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
