import { transient } from '../failures.ts';

/** Runs the jobs of one sandbox in order, and those of different sandboxes concurrently. */
interface Queue {
  /**
   * Runs a task when all tasks before it have settled. The signal of the task aborts with the outer signal, or when the
   * queue closes. A task whose signal aborts before its turn never begins, and rejects at once.
   */
  run<T>(key: string, outer: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Aborts all running and waiting tasks, and resolves when they have settled. */
  close(): Promise<void>;
}

/** Creates a queue for each key. Forgets a key without tasks. */
export function createQueue(): Queue {
  const tails = new Map<string, Promise<void>>();
  const active = new Set<AbortController>();
  let closed = false;

  async function run<T>(key: string, outer: AbortSignal, task: (signal: AbortSignal) => Promise<T>) {
    if (closed) throw transient('The driver is closed.');
    outer.throwIfAborted();
    const controller = new AbortController();
    const { signal } = controller;
    const abort = () => controller.abort(outer.reason);
    outer.addEventListener('abort', abort, { once: true });
    active.add(controller);

    let begun = false;
    const work = (tails.get(key) ?? Promise.resolve()).then(() => {
      signal.throwIfAborted();
      begun = true;
      return task(signal);
    });
    const tail = work.then(nothing, nothing).then(() => {
      outer.removeEventListener('abort', abort);
      active.delete(controller);
      if (tails.get(key) === tail) tails.delete(key);
    });
    tails.set(key, tail);

    return new Promise<T>((resolve, reject) => {
      work.then(resolve, reject);
      // A task that has begun settles by itself, after it has restored the previous state.
      signal.addEventListener('abort', () => begun || reject(signal.reason), { once: true });
    });
  }

  async function close() {
    closed = true;
    for (const controller of active) controller.abort(transient('The driver is closed.'));
    await Promise.all(tails.values());
  }

  return { run, close };
}

function nothing() {}
