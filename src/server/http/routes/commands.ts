import type { Refusal } from '../../../guards/command.ts';
import type { Sandbox } from '../../../model/sandbox.ts';
import { snapshotBody } from '../../../schema/http/requests.ts';
import { snapshotStartSchema } from '../../../schema/http/responses.ts';
import type { RequestContext } from '../request-context.ts';
import { empty, etagOf, json, problem, type Reply } from '../response/reply.ts';
import { type ResponseShape, route } from '../route.ts';

const refused: ResponseShape = {
  description:
    'The command is refused. The sentence has the reason and a remedy, and `X-Refusal-Code` the kind.',
};

const common = {
  method: 'POST',
  group: 'Sandboxes',
  access: 'namespace',
  isWrite: true,
  isVersioned: true,
} as const;

/** The commands that users send to a sandbox. */
export const commandRoutes = [
  route({
    ...common,
    operationId: 'delete_sandbox',
    method: 'DELETE',
    path: '/sandboxes/{id}',
    summary: 'Terminate a sandbox',
    description: 'Ends the sandbox for good, in any state. A repetition gets the same response.',
    responses: { 200: { description: 'The sandbox is terminated.', headers: ['ETag'] } },
    handle: (context) => sendPlain(context, 'terminate', 200),
  }),
  route({
    ...common,
    operationId: 'suspend_sandbox',
    path: '/sandboxes/{id}/suspend',
    summary: 'Suspend a sandbox',
    description:
      'Pauses a named sandbox in place. It then consumes no compute, and keeps its state for a resume.',
    responses: {
      200: { description: 'The sandbox is already suspended.', headers: ['ETag'] },
      202: { description: 'The suspend has started, or is already in progress.', headers: ['ETag'] },
      400: refused,
    },
    handle: (context) => sendPlain(context, 'suspend', 202),
  }),
  route({
    ...common,
    operationId: 'resume_sandbox',
    path: '/sandboxes/{id}/resume',
    summary: 'Resume a sandbox',
    description: 'Continues a suspended sandbox under the same id.',
    responses: {
      200: { description: 'The sandbox is already running.', headers: ['ETag'] },
      202: { description: 'The resume has started, or is already in progress.', headers: ['ETag'] },
      400: refused,
    },
    handle: (context) => sendPlain(context, 'resume', 202),
  }),
  route({
    ...common,
    operationId: 'snapshot_sandbox',
    path: '/sandboxes/{id}/snapshot',
    summary: 'Snapshot a sandbox',
    description: 'Captures a reusable copy of the sandbox, which runs again after the capture.',
    body: { schema: snapshotBody, whenEmpty: {} },
    responses: {
      202: { description: 'The capture has started.', json: snapshotStartSchema, headers: ['ETag'] },
      400: refused,
    },
    async handle(context) {
      const { snapshot_type: snapshotType } = context.body;
      const command = { type: 'snapshot', ...(snapshotType && { snapshotType }) } as const;
      const { result, entry } = await context.host.send(
        context.namespace,
        context.id,
        command,
        context.write,
      );
      if (result.refusal) return refusal(result.refusal, entry.sandbox);
      // The record after the command has the id, including in the stored response to an idempotency key.
      const id = result.sandbox.snapshotId as string;
      return json({ snapshot_id: id, status: 'in_progress' }, { status: 202, sandbox: entry.sandbox });
    },
  }),
  route({
    ...common,
    operationId: 'keep_sandbox_alive',
    path: '/sandboxes/{id}/keepalive',
    summary: 'Keep a sandbox alive',
    description: 'Counts as activity: restarts the idle limit. Without an idle limit it changes nothing.',
    responses: { 200: { description: 'The activity was counted.', headers: ['ETag'] }, 400: refused },
    handle: (context) => sendPlain(context, 'keepalive', 200),
  }),
];

/**
 * Sends a command without arguments. Replies with `status` when the command was applied or is already in progress, with
 * 200 when its effect already holds, and with 400 and the reason of the machine when it was refused.
 */
async function sendPlain(
  { host, namespace, id, write }: RequestContext,
  type: 'suspend' | 'resume' | 'keepalive' | 'terminate',
  status: 200 | 202,
): Promise<Reply> {
  const { result, entry } = await host.send(namespace, id, { type }, write);
  if (result.refusal) return refusal(result.refusal, entry.sandbox);
  return empty(result.reason === 'satisfied' ? 200 : status, entry.sandbox);
}

function refusal({ code, message }: Refusal, sandbox: Sandbox): Reply {
  return problem(code, message, { 'x-refusal-code': code, ...etagOf(sandbox) });
}
