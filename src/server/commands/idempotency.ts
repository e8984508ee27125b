import type { Clock } from '../../utils/clock.ts';
import { sha256Of, toBase64 } from '../../utils/sha256.ts';
import { KeyReusedError } from '../errors.ts';
import type { Store, StoredResponse } from '../store/store.ts';

/** A request and the key that identifies its repetitions. */
interface IdempotentRequest {
  readonly namespace: string;
  /** The idempotency key, or undefined for a request that is carried out each time it arrives. */
  readonly key: string | undefined;
  /** The content of the request, as JSON. */
  readonly request: unknown;
}

/** Makes a response the one that the store keeps, or undefined when the request has no key. */
type Keep<Result> = (result: Result) => StoredResponse | undefined;

/** Carries out each request under an idempotency key once. */
export interface Idempotency {
  /**
   * Runs `act`, or returns the stored response of an earlier run. An `act` that throws leaves no stored response, because
   * it changed nothing. Throws {@link KeyReusedError} when the key was used for another request.
   */
  runOnce<Result>(request: IdempotentRequest, act: (keep: Keep<Result>) => Promise<Result>): Promise<Result>;
}

/**
 * Creates idempotency on a store, which keeps a response in the same commit as the change. No request waits for another:
 * of two concurrent requests under one key the store keeps the first, and the other one returns its response.
 */
export function createIdempotency(store: Store, clock: Clock): Idempotency {
  return {
    async runOnce({ namespace, key, request }, act) {
      if (key === undefined) return act(() => undefined);
      const text = JSON.stringify(request);
      // A short request is its own fingerprint. That saves the hash, and the turn of the event loop that it takes.
      const fingerprint = text.length <= longestPlain ? text : toBase64(await sha256Of(text));
      try {
        return await act((answer) => ({ namespace, key, fingerprint, at: clock.now(), result: answer }));
      } catch (error) {
        // Most keys arrive once, so the store is read only when the commit, or something before it, was rejected.
        const stored = await storedResponse(namespace, key, fingerprint);
        if (!stored) throw error;
        return stored.result as Awaited<ReturnType<typeof act>>;
      }
    },
  };

  async function storedResponse(
    namespace: string,
    key: string,
    fingerprint: string,
  ): Promise<StoredResponse | undefined> {
    const stored = await store.response(namespace, key);
    if (stored && stored.fingerprint !== fingerprint) throw new KeyReusedError(key);
    return stored;
  }
}

/** The longest request that is stored as its own fingerprint, in characters. */
const longestPlain = 128;
