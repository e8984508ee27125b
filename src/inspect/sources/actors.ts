import type { Sandbox } from '../../model/sandbox.ts';
import type { Actor } from './message-writer.ts';

/** The actor that shows the confirmed state of a sandbox. */
export const confirmedActor = ({ id }: Pick<Sandbox, 'id'>): Actor => ({
  sessionId: `${id}:confirmed`,
  rootId: `${id}:confirmed`,
  name: `${id} confirmed`,
});

/** The actor that shows a client's view of a sandbox. */
export const predictedActor = ({ id }: Pick<Sandbox, 'id'>): Actor => ({
  sessionId: `${id}:predicted`,
  rootId: `${id}:confirmed`,
  parentId: `${id}:confirmed`,
  name: `${id} predicted`,
});
