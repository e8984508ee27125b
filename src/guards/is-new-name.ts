import type { EventOf } from '../model/events.ts';
import type { Guard, RefusalRule } from './guard.ts';

/** The name is one that can be borne, and not the one that is borne already. */
export const isNewName: Guard<EventOf<'rename'>> = (sandbox, event) => {
  if (event.name === '') return emptyName;
  return event.name === sandbox.name ? 'satisfied' : undefined;
};

const emptyName: RefusalRule = {
  code: 'invalid',
  because: 'the new name is empty, and a name can be changed but never taken away',
  help: 'give a name of at least one character',
};
