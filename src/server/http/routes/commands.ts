import type { Refusal } from '../../../guards/command.ts';
import type { Sandbox } from '../../../model/sandbox.ts';
import { snapshotBegunAnswer } from '../../../schema/http/answers.ts';
import { snapshotBody } from '../../../schema/http/requests.ts';
import type { RequestContext } from '../request-context.ts';
import { empty, etagOf, json, type Reply, sentence } from '../response/reply.ts';
import { type AnswerShape, route } from '../route.ts';

const refused: AnswerShape = {
  description:
    'It may not happen now. The sentence says why and what would help, and `X-Refusal-Code` the kind.',
};

const common = {
  method: 'POST',
  group: 'Sandboxes',
  access: 'namespace',
  isWrite: true,
  isVersioned: true,
} as const;

/** What people ask of a sandbox. */
export const commandRoutes = [
  route({
    ...common,
    operationId: 'delete_sandbox',
    method: 'DELETE',
    path: '/sandboxes/{id}',
    summary: 'Terminate a sandbox',
    description: 'Ends it for good, whatever it is doing. A second time is answered as the first.',
    answers: { 200: { description: 'It is terminated.', headers: ['ETag'] } },
    async handle(call) {
      const { result, entry } = await call.host.send(
        call.namespace,
        call.id,
        { type: 'terminate' },
        call.write,
      );
      return result.refusal ? refusal(result.refusal, entry.sandbox) : empty(200, entry.sandbox);
    },
  }),
  route({
    ...common,
    operationId: 'suspend_sandbox',
    path: '/sandboxes/{id}/suspend',
    summary: 'Suspend a sandbox',
    description: 'Pauses a named sandbox in place. It consumes no compute, and keeps its state for a resume.',
    answers: {
      200: { description: 'It is suspended already.', headers: ['ETag'] },
      202: { description: 'The suspend was started, or is under way.', headers: ['ETag'] },
      400: refused,
    },
    handle: (call) => sendPlain(call, 'suspend'),
  }),
  route({
    ...common,
    operationId: 'resume_sandbox',
    path: '/sandboxes/{id}/resume',
    summary: 'Resume a sandbox',
    description: 'Brings a suspended sandbox back, under the same id.',
    answers: {
      200: { description: 'It is running already.', headers: ['ETag'] },
      202: { description: 'The resume was started, or is under way.', headers: ['ETag'] },
      400: refused,
    },
    handle: (call) => sendPlain(call, 'resume'),
  }),
  route({
    ...common,
    operationId: 'snapshot_sandbox',
    path: '/sandboxes/{id}/snapshot',
    summary: 'Snapshot a sandbox',
    description: 'Captures a reusable copy of it. It is running again when the capture is over.',
    body: { schema: snapshotBody, whenEmpty: {} },
    answers: {
      202: { description: 'The capture was started.', json: snapshotBegunAnswer, headers: ['ETag'] },
      400: refused,
    },
    async handle(call) {
      const command = { type: 'snapshot', snapshotType: call.body.snapshot_type } as const;
      const { result, entry } = await call.host.send(call.namespace, call.id, command, call.write);
      if (result.refusal) return refusal(result.refusal, entry.sandbox);
      // The record that the command led to has the id also when the same request comes again, under its key.
      const { snapshotId } = result.sandbox;
      return json(
        { snapshot_id: snapshotId, status: 'in_progress' },
        { status: 202, sandbox: entry.sandbox },
      );
    },
  }),
  route({
    ...common,
    operationId: 'keep_sandbox_alive',
    path: '/sandboxes/{id}/keepalive',
    summary: 'Keep a sandbox alive',
    description: 'Counts as activity: where the timeout measures idleness, it counts anew from now on.',
    answers: { 200: { description: 'It was counted.', headers: ['ETag'] }, 400: refused },
    async handle(call) {
      const { result, entry } = await call.host.send(
        call.namespace,
        call.id,
        { type: 'keepalive' },
        call.write,
      );
      return result.refusal ? refusal(result.refusal, entry.sandbox) : empty(200, entry.sandbox);
    },
  }),
];

/** 202 when it was started or is under way, 200 when it holds already, 400 with the machine's own reason. */
async function sendPlain(call: RequestContext, type: 'suspend' | 'resume'): Promise<Reply> {
  const { result, entry } = await call.host.send(call.namespace, call.id, { type }, call.write);
  if (result.refusal) return refusal(result.refusal, entry.sandbox);
  return empty(result.reason === 'satisfied' ? 200 : 202, entry.sandbox);
}

function refusal({ code, message }: Refusal, sandbox: Sandbox): Reply {
  return sentence(400, message, { 'x-refusal-code': code, ...etagOf(sandbox) });
}
