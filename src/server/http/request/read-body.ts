import type { z } from 'zod';
import { parse } from '../../../schema/parse.ts';
import { RuleError } from '../../errors.ts';
import { readJson } from './read-json.ts';

/** A body that a route takes. */
export interface Body<Output> {
  readonly schema: z.ZodType<Output>;
  /** The value of an empty body; when left out, an empty body is not JSON. */
  readonly whenEmpty?: unknown;
}

/** The largest body that is read, in bytes. */
const largestBody = 1024 * 1024;

/** A body has more bytes than the API reads. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';

  constructor() {
    super('The body is larger than 1 MiB.');
  }
}

/** A client disconnected while it sent its body. It reads no reply, and the server is not at fault. */
export class IncompleteBodyError extends Error {
  override readonly name = 'IncompleteBodyError';

  constructor(cause: unknown) {
    super('The body ended before it was whole.', { cause });
  }
}

/**
 * Reads a body by its schema. Throws {@link TooLargeError}, {@link IncompleteBodyError}, `RuleError` for a text that is
 * not UTF-8, not JSON, too deep or has a key twice, and `SchemaError` with the path for a value that does not fit.
 */
export async function readBody<Output>(
  request: Request,
  { schema, whenEmpty }: Body<Output>,
): Promise<Output> {
  const text = decode(await readBytes(request));
  const input = text === '' && whenEmpty !== undefined ? whenEmpty : readJson(text);
  return parse(schema, 'body', input);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RuleError('The body is not UTF-8.');
  }
}

/** Reads the bytes of a body, and counts them while they arrive when the client does not announce their number. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (Number(announced ?? 0) > largestBody) throw new TooLargeError();
  // A body that is announced as small is read at once: HTTP itself holds a client to the length that it announces.
  const bytes = announced === null ? await readCounted(request) : await readWhole(request);
  if (bytes.byteLength > largestBody) throw new TooLargeError();
  return bytes;
}

async function readWhole(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    throw new IncompleteBodyError(error);
  }
}

async function readCounted({ body }: Request): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
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
      // The server does not need the rest. An error of the cancellation changes nothing.
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
