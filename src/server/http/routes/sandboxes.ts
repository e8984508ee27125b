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
      'A sandbox without a name is ephemeral; one with a name can be suspended. The response shows it as pending, and it boots afterwards.',
    body: { schema: createBody },
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
    description: 'All sandboxes of the namespace, including terminated ones, newest first.',
    query: {
      limit: wholeNumber({
        minimum: 1,
        maximum: 1000,
        fallback: 100,
        description: 'The maximum number of sandboxes.',
      }),
      cursor: anyText({ description: 'The `next_cursor` or `prev_cursor` of another page.' }),
      direction: oneOf({
        words: ['forward', 'backward'],
        description: '`forward` continues to older sandboxes, `backward` to newer ones.',
      }),
      status: statusList({
        required: false,
        description: 'Only sandboxes with these statuses, separated by commas.',
      }),
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
        sandboxes: page.items.map((entry) => sandboxInfo(entry, urlOf(context, entry), context.host.policy)),
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
    description: 'By its id, or by the name of a living sandbox.',
    responses: { 200: { description: 'The sandbox.', json: sandboxInfoSchema, headers: ['ETag'] } },
    async handle(context) {
      const entry = await context.host.get(context.namespace, context.id);
      return json(sandboxInfo(entry, urlOf(context, entry), context.host.policy), { sandbox: entry.sandbox });
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
    body: { schema: updateBody },
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
      return json(sandboxInfo(entry, urlOf(context, entry), context.host.policy), { sandbox: entry.sandbox });
    },
  }),
];
