import { namespaceDeletionSchema } from '../../../schema/http/operation-responses.ts';
import type { NamespaceDeletion } from '../../store/store.ts';
import { json, problem } from '../response/reply.ts';
import { route } from '../route.ts';

const common = {
  path: '/namespaces/{namespace}',
  group: 'Operations',
  access: 'administration',
} as const;

/** Deletes namespaces. */
export const namespaceRoutes = [
  route({
    ...common,
    operationId: 'delete_namespace',
    method: 'DELETE',
    summary: 'Delete a namespace',
    description:
      'Deletes all that the namespace has, in the background and in small batches: terminates its sandboxes, deletes its snapshots, and then the records, the history and the stored responses. Requests to create a sandbox in it get 409 meanwhile. The deletion continues after a restart, and a repetition shows what it has done so far. An operator can delete each namespace, and another token with the scope its own.',
    responses: {
      202: { description: 'The deletion has started, or is in progress.', json: namespaceDeletionSchema },
      400: { description: 'The store of the server cannot delete a namespace.' },
      404: { description: 'The namespace is invalid.' },
    },
    async handle({ host, namespace, write: { actor, cause } }) {
      return json(deletionInfo(await host.deleteNamespace(namespace, { actor, cause })), { status: 202 });
    },
  }),
  route({
    ...common,
    operationId: 'get_namespace_deletion',
    method: 'GET',
    summary: 'Show the deletion of a namespace',
    description: 'What the deletion has done so far. 404 says that it has ended, or was not requested.',
    responses: {
      200: { description: 'The deletion is in progress.', json: namespaceDeletionSchema },
      404: { description: 'The namespace is not being deleted, or is invalid.' },
    },
    async handle({ host, namespace }) {
      const deletion = await host.namespaceDeletion(namespace);
      if (deletion) return json(deletionInfo(deletion));
      return problem(
        'no_deletion',
        'The namespace is not being deleted: that has ended, or was not requested.',
      );
    },
  }),
];

function deletionInfo(deletion: NamespaceDeletion) {
  return {
    namespace: deletion.namespace,
    status: 'deleting',
    requested_at: deletion.requestedAt,
    terminated_sandboxes: deletion.terminatedSandboxes,
    deleted_snapshots: deletion.deletedSnapshots,
    deleted_rows: deletion.deletedRows,
  } as const;
}
