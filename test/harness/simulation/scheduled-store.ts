import type * as fc from 'fast-check';
import type { Store } from '../../../src/server/store/store.ts';

/** A store whose calls start and complete in the order of a scheduler. */
export function scheduledStore(store: Store, scheduler: fc.Scheduler): Store {
  const scheduled = Object.entries(store).map(
    ([name, method]: [string, (...args: never[]) => Promise<unknown>]) => [
      name,
      // A group of methods, such as `namespaces`, is as it is.
      typeof method !== 'function'
        ? method
        : async (...args: never[]) => {
            await scheduler.schedule(Promise.resolve(), `call ${name}`);
            const outcome = await method(...args).then(
              (value) => () => value,
              (error: unknown) => () => {
                throw error;
              },
            );
            await scheduler.schedule(Promise.resolve(), `return ${name}`);
            return outcome();
          },
    ],
  );
  return Object.fromEntries(scheduled) as unknown as Store;
}
