import { createHash } from 'node:crypto';
import type { Clock } from '../../utils/clock.ts';
import { KeyReusedError } from '../errors.ts';
import type { Store, StoredResponse } from '../store/store.ts';

/** A request as it is told from others. */
interface IdempotentRequest {
  readonly namespace: string;
  /** The idempotency key, or undefined for a request that may be done each time it comes. */
  readonly key: string | undefined;
  /** JSON: what is asked for. */
  readonly request: unknown;
}

/** Makes an answer one that is kept, or undefined when the request has no key. */
type Keep<Result> = (result: Result) => StoredResponse | undefined;

/** Has each request under an idempotency key done once. */
export interface Idempotency {
  /**
   * Does what is asked for, or answers as it was answered before. What `act` throws is not kept: then nothing was done.
   * Throws {@link KeyReusedError} when the key came with another request.
   */
  runOnce<Result>(keyed: IdempotentRequest, act: (keep: Keep<Result>) => Promise<Result>): Promise<Result>;
}

/**
 * Keys whose answers a store keeps, in the same commit as what was done. Nothing waits for anything: of two requests
 * under one key the store keeps the first, and the other gets its answer.
 */
export function createIdempotency(store: Store, clock: Clock): Idempotency {
  return {
    async runOnce({ namespace, key, request }, act) {
      if (key === undefined) return act(() => undefined);
      const fingerprint = fingerprintOf(request);
      try {
        return await act((answer) => ({ namespace, key, fingerprint, at: clock.now(), result: answer }));
      } catch (error) {
        // Most keys come once, so it is only looked for an answer when the commit, or what it rests on, refused.
        const known = await answered(namespace, key, fingerprint);
        if (!known) throw error;
        return known.result as Awaited<ReturnType<typeof act>>;
      }
    },
  };

  async function answered(
    namespace: string,
    key: string,
    fingerprint: string,
  ): Promise<StoredResponse | undefined> {
    const known = await store.response(namespace, key);
    if (known && known.fingerprint !== fingerprint) throw new KeyReusedError(key);
    return known;
  }
}

/** A short request stands for itself, a long one is told by its hash. */
function fingerprintOf(request: unknown): string {
  const text = JSON.stringify(request);
  return text.length <= 128 ? text : createHash('sha256').update(text).digest('base64');
}
