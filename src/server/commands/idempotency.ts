import type { Clock } from '../../utils/clock.ts';
import { sha256Of, toBase64 } from '../../utils/sha256.ts';
import { KeyReusedError } from '../errors.ts';
import type { StoredResponse } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { StoredForm } from './stored-result.ts';

/** A request and the key that identifies its repetitions. */
interface IdempotentRequest {
  readonly namespace: string;
  /** The idempotency key; undefined for a request that runs each time it arrives. */
  readonly key: string | undefined;
  /** The content of the request, as JSON. */
  readonly request: unknown;
}

/** Creates the response that the store keeps; undefined for a request without a key. */
type Keep<Result> = (result: Result) => StoredResponse | undefined;

/** Runs each request under an idempotency key once. */
export interface Idempotency {
  /**
   * Runs `act`, or returns the result of an earlier run, which the store keeps in this form. After an `act` that throws, the
   * store keeps no response, because nothing changed. Throws {@link KeyReusedError} when the key was used for another request.
   */
  runOnce<Result>(
    request: IdempotentRequest,
    form: StoredForm<Result>,
    act: (keep: Keep<Result>) => Promise<Result>,
  ): Promise<Result>;
}

/**
 * Creates idempotency on a store, which keeps a response in the same commit as the change. Requests do not wait for each
 * other: of two concurrent requests under one key the store keeps the first, and the second returns its response.
 */
export function createIdempotency(store: Store, clock: Clock): Idempotency {
  return {
    async runOnce({ namespace, key, request }, form, act) {
      if (key === undefined) return act(() => undefined);
      const text = JSON.stringify(request);
      // A short request is its own fingerprint, which saves a hash and a turn of the event loop.
      const fingerprint = text.length <= longestPlain ? text : toBase64(await sha256Of(text));
      try {
        return await act((result) => {
          return { namespace, key, fingerprint, at: clock.now(), result: form.shrink(result) };
        });
      } catch (error) {
        // Most keys arrive once, so the store is read only after the commit, or a step before it, was rejected.
        const stored = await storedResponse(namespace, key, fingerprint);
        if (!stored) throw error;
        return await form.restore(stored.result);
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
const longestPlain = 256;
