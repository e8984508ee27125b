import { transient } from '../failures.ts';

/** Lets the jobs of one sandbox run one after the other, and those of different sandboxes side by side. */
interface Queue {
  /**
   * Runs a task once everything before it is over. The task is given a signal that aborts with the outer one, or when
   * the queue is closed. A task whose signal aborts before its turn is never begun, and rejects at once.
   */
  run<T>(key: string, outer: AbortSignal, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Calls off what runs or waits, and resolves when all of it is over. */
  close(): Promise<void>;
}

/** A queue for each key. It forgets a key that has nothing to do. */
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
      // Once begun it settles by itself, when it has put things back as they were.
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
