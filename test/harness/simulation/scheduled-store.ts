import type * as fc from 'fast-check';
import type { Store } from '../../../src/server/store/store.ts';

/** A store whose calls begin, and whose answers come, in the order of a scheduler. `onCommit` is told of each commit. */
export function scheduledStore(store: Store, scheduler: fc.Scheduler): Store {
  const scheduled = Object.entries(store).map(
    ([name, method]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      async (...args: never[]) => {
        await scheduler.schedule(Promise.resolve(), `ask ${name}`);
        const outcome = await method(...args).then(
          (value) => () => value,
          (error: unknown) => () => {
            throw error;
          },
        );
        await scheduler.schedule(Promise.resolve(), `answer ${name}`);
        return outcome();
      },
    ],
  );
  return Object.fromEntries(scheduled) as unknown as Store;
}
