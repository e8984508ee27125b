import { createBody, updateBody } from '../../../schema/http/requests.ts';
import { createdInfoSchema, sandboxInfoSchema, sandboxPageSchema } from '../../../schema/http/responses.ts';
import { metadataFilter } from '../request/metadata-filter.ts';
import { pageParameters, pageQuery } from '../request/page-parameters.ts';
import { anyText, statusList } from '../request/query-parameters.ts';
import { refusedInCreate, refusedInUpdate } from '../request/refused-fields.ts';
import { toCreateRequest, toUpdateRequest } from '../request/to-host-request.ts';
import { urlOf } from '../request-context.ts';
import { json } from '../response/reply.ts';
import { createdInfo, sandboxInfo } from '../response/serialize.ts';
import { route } from '../route.ts';

/** Creates, shows and changes sandboxes. */
export const sandboxRoutes = [
  route({
    operationId: 'create_sandbox',
    method: 'POST',
    path: '/sandboxes',
    group: 'Sandboxes',
    access: 'namespace',
    isWrite: true,
    summary: 'Create a sandbox',
    description:
      'A sandbox without a name is ephemeral; one with a name can be suspended. The response shows it as pending, and it boots afterwards.',
    body: { schema: createBody, refused: refusedInCreate },
    responses: {
      200: {
        description: 'The sandbox is stored and will boot.',
        json: createdInfoSchema,
        headers: ['ETag'],
      },
      400: {
        description:
          'The request breaks a rule, or the snapshot is not ready; the sentence names the problem.',
      },
      404: { description: 'The snapshot does not exist in this namespace.' },
      409: { description: 'Another living sandbox has the name, or the key was used for another request.' },
    },
    async handle(context) {
      const entry = await context.host.create(
        toCreateRequest(context.namespace, context.body),
        context.write,
      );
      return json(createdInfo(entry, urlOf(context, entry)), { sandbox: entry.sandbox });
    },
  }),
  route({
    operationId: 'list_sandboxes',
    method: 'GET',
    path: '/sandboxes',
    group: 'Sandboxes',
    access: 'namespace',
    summary: 'List sandboxes',
    description:
      'All sandboxes of the namespace: first those that have not ended, newest first, then the terminated ones, newest first.',
    query: {
      ...pageParameters('sandboxes'),
      name: anyText({ description: 'Only sandboxes with this name, terminated ones included.' }),
      metadata: metadataFilter(),
      status: statusList({
        required: false,
        description: 'Only sandboxes with these statuses, separated by commas.',
      }),
    },
    responses: { 200: { description: 'A page.', json: sandboxPageSchema } },
    async handle(context) {
      const { name, metadata, status } = context.query;
      const page = await context.host.list({
        ...pageQuery(context.namespace, context.query),
        ...(name !== undefined && { name }),
        ...(status.length > 0 && { statuses: status }),
        metadata,
      });
      return json({
        sandboxes: page.items.map((entry) => sandboxInfo(entry, urlOf(context, entry), context.host)),
        prev_cursor: page.previousCursor,
        next_cursor: page.nextCursor,
        ...(page.leavesOut && { leaves_out: true }),
      });
    },
  }),
  route({
    operationId: 'get_sandbox',
    method: 'GET',
    path: '/sandboxes/{id}',
    group: 'Sandboxes',
    access: 'namespace',
    summary: 'Show a sandbox',
    description: 'By its id, or by the name of a living sandbox.',
    responses: { 200: { description: 'The sandbox.', json: sandboxInfoSchema, headers: ['ETag'] } },
    async handle(context) {
      const entry = await context.host.get(context.namespace, context.id);
      return json(sandboxInfo(entry, urlOf(context, entry), context.host), { sandbox: entry.sandbox });
    },
  }),
  route({
    operationId: 'update_sandbox',
    method: 'PATCH',
    path: '/sandboxes/{id}',
    group: 'Sandboxes',
    access: 'namespace',
    isWrite: true,
    isVersioned: true,
    summary: 'Change a sandbox',
    description:
      'Changes the fields in the body and keeps the rest. A first name turns an ephemeral sandbox into a named one.',
    body: { schema: updateBody, refused: refusedInUpdate },
    responses: {
      200: { description: 'The sandbox after the change.', json: sandboxInfoSchema, headers: ['ETag'] },
      400: {
        description: 'The body changes nothing, the sandbox is terminated, or the request breaks a rule.',
      },
      409: { description: 'Another living sandbox has the name, or the key was used for another request.' },
    },
    async handle(context) {
      const entry = await context.host.update(
        context.namespace,
        context.id,
        toUpdateRequest(context.body),
        context.write,
      );
      // The response to a repeated request is the same, so it does not have what the platform has by then.
      const { policy, snapshotTypes } = context.host;
      const info = sandboxInfo(entry, urlOf(context, entry), {
        policy,
        snapshotTypes,
        appliedGeneration: () => null,
      });
      return json(info, { sandbox: entry.sandbox });
    },
  }),
];
