import type { Sandbox } from '../../model/sandbox.ts';
import type { Actor } from './message-writer.ts';

/** The actor that shows what is true of a sandbox. */
export const confirmedActor = ({ id }: Pick<Sandbox, 'id'>): Actor => ({
  sessionId: `${id}:confirmed`,
  rootId: `${id}:confirmed`,
  name: `${id} confirmed`,
});

/** The actor that shows what a client believes of it. Where the two differ, they diverge. */
export const predictedActor = ({ id }: Pick<Sandbox, 'id'>): Actor => ({
  sessionId: `${id}:predicted`,
  rootId: `${id}:confirmed`,
  parentId: `${id}:confirmed`,
  name: `${id} predicted`,
});
