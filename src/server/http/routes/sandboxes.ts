import { createBody, updateBody } from '../../../schema/http/requests.ts';
import { createdInfoSchema, sandboxInfoSchema, sandboxPageSchema } from '../../../schema/http/responses.ts';
import { anyText, oneOf, statusList, wholeNumber } from '../request/query-parameters.ts';
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
      'Without a name it is ephemeral, with one it can be suspended. It is answered as pending; it boots afterwards.',
    body: { schema: createBody },
    responses: {
      200: { description: 'It is on record, and will boot.', json: createdInfoSchema, headers: ['ETag'] },
      400: {
        description: 'A rule, or a snapshot that is not ready, is in the way; the sentence says which.',
      },
      404: { description: 'There is no such snapshot in this namespace.' },
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
    description: 'All of the namespace, the terminated ones too, newest first.',
    query: {
      limit: wholeNumber({ minimum: 1, maximum: 1000, fallback: 100, description: 'How many at the most.' }),
      cursor: anyText({ description: 'The `next_cursor` or `prev_cursor` of another page.' }),
      direction: oneOf({
        words: ['forward', 'backward'],
        description: 'Forward goes on to what is older, backward back to what is newer.',
      }),
      status: statusList({ required: false, description: 'Only these statuses, with commas between them.' }),
    },
    responses: { 200: { description: 'A page.', json: sandboxPageSchema } },
    async handle(context) {
      const { limit, cursor, direction, status } = context.query;
      const page = await context.host.list({
        namespace: context.namespace,
        limit,
        direction,
        ...(cursor !== undefined && { cursor }),
        ...(status.length > 0 && { statuses: status }),
      });
      return json({
        sandboxes: page.items.map((entry) => sandboxInfo(entry, urlOf(context, entry))),
        prev_cursor: page.previousCursor,
        next_cursor: page.nextCursor,
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
    description: 'By its id, or by the name of a living one.',
    responses: { 200: { description: 'The sandbox.', json: sandboxInfoSchema, headers: ['ETag'] } },
    async handle(context) {
      const entry = await context.host.get(context.namespace, context.id);
      return json(sandboxInfo(entry, urlOf(context, entry)), { sandbox: entry.sandbox });
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
      'Changes what the body names and leaves the rest. A first name makes an ephemeral sandbox a named one.',
    body: { schema: updateBody },
    responses: {
      200: { description: 'The sandbox as it is now.', json: sandboxInfoSchema, headers: ['ETag'] },
      400: { description: 'There is nothing to change, it is terminated, or a rule is in the way.' },
      409: { description: 'Another living sandbox has the name, or the key was used for another request.' },
    },
    async handle(context) {
      const entry = await context.host.update(
        context.namespace,
        context.id,
        toUpdateRequest(context.body),
        context.write,
      );
      return json(sandboxInfo(entry, urlOf(context, entry)), { sandbox: entry.sandbox });
    },
  }),
];
