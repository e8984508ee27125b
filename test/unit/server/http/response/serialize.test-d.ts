import { expectTypeOf, test } from 'vitest';
import type {
  ChangeInfo,
  SandboxInfo,
  SnapshotInfo,
  StreamEvents,
} from '../../../../../src/schema/http/responses.ts';
import { eventFrame } from '../../../../../src/server/http/events/frames.ts';
import { json } from '../../../../../src/server/http/response/reply.ts';
import { changeInfo, sandboxInfo, snapshotInfo } from '../../../../../src/server/http/response/serialize.ts';

test('the serializer writes the types of the schemas', () => {
  expectTypeOf(sandboxInfo).returns.toEqualTypeOf<SandboxInfo>();
  expectTypeOf(snapshotInfo).returns.toEqualTypeOf<SnapshotInfo>();
  expectTypeOf(changeInfo).returns.toEqualTypeOf<ChangeInfo>();
  expectTypeOf<StreamEvents['state']['sandbox']>().toEqualTypeOf<SandboxInfo>();
});

test('a response or an event with another field does not compile', () => {
  const { sandbox_id, ...rest } = {} as SnapshotInfo;
  // @ts-expect-error
  json({ ...rest, sandboxId: sandbox_id });
  // @ts-expect-error
  json({ snapshots: [{ ...rest, sandboxId: sandbox_id }] });
  // @ts-expect-error
  eventFrame('state', 1, { sequence: 1, lifecycle: {} });
});
