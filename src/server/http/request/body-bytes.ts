import { RuleError } from '../../errors.ts';

/** The largest body that is read, in bytes. */
const largestBody = 1024 * 1024;

/** A body of more bytes than are read. */
export class TooLargeError extends Error {
  override readonly name = 'TooLargeError';

  constructor() {
    super('The body is larger than 1 MiB.');
  }
}

/** A client that went away while it sent its body. Nobody is left to read the answer, and nothing is wrong here. */
export class GoneError extends Error {
  override readonly name = 'GoneError';

  constructor(cause: unknown) {
    super('The body ended before it was whole.', { cause });
  }
}

/**
 * Reads a body as text, counting its bytes while they come. Throws {@link TooLargeError}, {@link GoneError}, and
 * `RuleError` for what is not UTF-8.
 */
export async function readText(request: Request): Promise<string> {
  const bytes = await readBytes(request);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RuleError('The body is not UTF-8.');
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  if (Number(announced ?? 0) > largestBody) throw new TooLargeError();
  // What is announced to be small is read at once. The count is believed because HTTP itself holds a client to it.
  const bytes = announced === null ? await readCounted(request) : await readWhole(request);
  if (bytes.byteLength > largestBody) throw new TooLargeError();
  return bytes;
}

async function readWhole(request: Request): Promise<Uint8Array> {
  try {
    return new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    throw new GoneError(error);
  }
}

async function readCounted({ body }: Request): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new GoneError(error);
    });
    if (done) return Buffer.concat(chunks);
    length += value.byteLength;
    if (length > largestBody) {
      // The rest is not wanted; whether the client hears of it is its own affair.
      reader.cancel().catch(() => {});
      throw new TooLargeError();
    }
    chunks.push(value);
  }
}
