import type { Guard, RefusalRule } from './guard.ts';

/** No operation is in flight: at most one ever is. */
export const isFree: Guard = (sandbox) => (sandbox.operation === null ? undefined : busy);

const busy: RefusalRule = {
  code: 'busy',
  because: (sandbox) => `its ${sandbox.operation?.kind} is still under way`,
  help: 'try again when that has ended',
};
