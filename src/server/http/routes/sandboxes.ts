import { createdAnswer, sandboxAnswer, sandboxesAnswer } from '../../../schema/http/answers.ts';
import { createBody, updateBody } from '../../../schema/http/requests.ts';
import { anyText, oneOf, statusList, wholeNumber } from '../request/query-parameters.ts';
import { toCreateRequest, toUpdateRequest } from '../request/to-host-request.ts';
import { urlOf } from '../request-context.ts';
import { json } from '../response/reply.ts';
import { createdInfo, sandboxInfo } from '../response/serialize.ts';
import { route } from '../route.ts';

/** Making, showing and changing sandboxes. */
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
    answers: {
      200: { description: 'It is on record, and will boot.', json: createdAnswer, headers: ['ETag'] },
      400: {
        description: 'A rule, or a snapshot that is not ready, is in the way; the sentence says which.',
      },
      404: { description: 'There is no such snapshot in this namespace.' },
      409: { description: 'Another living sandbox has the name, or the key was used for another request.' },
    },
    async handle(call) {
      const entry = await call.host.create(toCreateRequest(call.namespace, call.body), call.write);
      return json(createdInfo(entry, urlOf(call, entry)), { sandbox: entry.sandbox });
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
    answers: { 200: { description: 'A page.', json: sandboxesAnswer } },
    async handle(call) {
      const { limit, cursor, direction, status } = call.query;
      const page = await call.host.list({
        namespace: call.namespace,
        limit,
        direction,
        ...(cursor !== undefined && { cursor }),
        ...(status.length > 0 && { statuses: status }),
      });
      return json({
        sandboxes: page.items.map((entry) => sandboxInfo(entry, urlOf(call, entry))),
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
    answers: { 200: { description: 'The sandbox.', json: sandboxAnswer, headers: ['ETag'] } },
    async handle(call) {
      const entry = await call.host.get(call.namespace, call.id);
      return json(sandboxInfo(entry, urlOf(call, entry)), { sandbox: entry.sandbox });
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
    answers: {
      200: { description: 'The sandbox as it is now.', json: sandboxAnswer, headers: ['ETag'] },
      400: { description: 'There is nothing to change, it is terminated, or a rule is in the way.' },
      409: { description: 'Another living sandbox has the name, or the key was used for another request.' },
    },
    async handle(call) {
      const entry = await call.host.update(call.namespace, call.id, toUpdateRequest(call.body), call.write);
      return json(sandboxInfo(entry, urlOf(call, entry)), { sandbox: entry.sandbox });
    },
  }),
];
