import { snapshotInfoSchema, snapshotPageSchema } from '../../../schema/http/responses.ts';
import { pageParameters, pageQuery } from '../request/page-parameters.ts';
import { empty, json } from '../response/reply.ts';
import { snapshotInfo } from '../response/serialize.ts';
import { route } from '../route.ts';

const common = { group: 'Snapshots', access: 'namespace' } as const;

/** Shows and deletes snapshots. */
export const snapshotRoutes = [
  route({
    ...common,
    operationId: 'list_snapshots',
    method: 'GET',
    path: '/snapshots',
    summary: 'List snapshots',
    description: 'The snapshots of the namespace, newest first.',
    query: pageParameters('snapshots'),
    responses: { 200: { description: 'A page.', json: snapshotPageSchema } },
    async handle({ host, namespace, query }) {
      const page = await host.listSnapshots(pageQuery(namespace, query));
      return json({
        snapshots: page.items.map((snapshot) => snapshotInfo(snapshot, host)),
        prev_cursor: page.previousCursor,
        next_cursor: page.nextCursor,
      });
    },
  }),
  route({
    ...common,
    operationId: 'get_snapshot',
    method: 'GET',
    path: '/snapshots/{id}',
    summary: 'Show a snapshot',
    description: 'A snapshot can be restored once it is `local_ready` or `completed`.',
    responses: { 200: { description: 'The snapshot.', json: snapshotInfoSchema } },
    async handle({ host, namespace, id }) {
      return json(snapshotInfo(await host.getSnapshot(namespace, id), host));
    },
  }),
  route({
    ...common,
    operationId: 'delete_snapshot',
    method: 'DELETE',
    path: '/snapshots/{id}',
    isWrite: true,
    summary: 'Delete a snapshot',
    description:
      'Responses omit the snapshot at once. Its data is removed when no capture writes to it and no boot reads it any more. A repetition within a day gets the same response.',
    responses: { 200: { description: 'The snapshot is deleted.' } },
    async handle({ host, namespace, id, write: { idempotencyKey } }) {
      await host.deleteSnapshot(namespace, id, { idempotencyKey });
      return empty(200);
    },
  }),
];
