import { commands } from '../../../model/events.ts';
import type { Status } from '../../../model/sandbox.ts';
import {
  type ActionList,
  actionListSchema,
  historyPageSchema,
  waitResultSchema,
} from '../../../schema/http/responses.ts';
import { StoppingError } from '../../errors.ts';
import { rowBytes } from '../../store/entry-size.ts';
import { isMissing } from '../../store/history-items.ts';
import { withinPage } from '../../store/paging.ts';
import { accessEndedReply } from '../request/access.ts';
import { seconds, statusList, wholeNumber } from '../request/query-parameters.ts';
import { type RequestContext, urlOf } from '../request-context.ts';
import { json, type Reply } from '../response/reply.ts';
import { changeInfo, missingInfo, sandboxInfo } from '../response/serialize.ts';
import { route } from '../route.ts';

const common = { method: 'GET', group: 'Watching', access: 'namespace' } as const;

/** The allowed commands of a sandbox, its history, and waits for a status. */
export const watchingRoutes = [
  route({
    ...common,
    operationId: 'list_sandbox_actions',
    path: '/sandboxes/{id}/actions',
    summary: 'List the commands',
    description: 'All eight commands, each with whether it is allowed now, and if not, why.',
    responses: { 200: { description: 'The commands.', json: actionListSchema } },
    async handle({ host, namespace, id }) {
      const { sandbox } = await host.get(namespace, id);
      const actions = commands.map((command): ActionList['actions'][number] => {
        const refusal = host.why(sandbox, command);
        if (refusal === undefined) return { command, allowed: true };
        return { command, allowed: false, code: refusal.code, reason: refusal.message };
      });
      return json({ id: sandbox.id, version: sandbox.version, status: sandbox.status, actions });
    },
  }),
  route({
    ...common,
    operationId: 'list_sandbox_history',
    path: '/sandboxes/{id}/history',
    summary: 'Show the history',
    description:
      'Every applied event, oldest first, without a gap but for the events in `missing`. When retention has deleted the first ones, the oldest one has `first_kept`. A page of more than 4 MiB ends early, with `next_after`.',
    query: {
      after: wholeNumber({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        fallback: 0,
        description: 'Only events after this version.',
      }),
      limit: wholeNumber({
        minimum: 1,
        maximum: 1000,
        fallback: 100,
        description: 'The maximum number of events.',
      }),
    },
    responses: { 200: { description: 'A part of the history.', json: historyPageSchema } },
    async handle({ host, namespace, id, query: { after, limit } }) {
      // One extra row shows whether another page follows.
      const rows = await host.historyItems(namespace, id, { afterVersion: after, limit: limit + 1 });
      const { found } = withinPage(rows.slice(0, limit), rowBytes);
      const last = found.at(-1);
      const missing = found.filter(isMissing);
      return json({
        history: found.flatMap((item) => (isMissing(item) ? [] : [changeInfo(item)])),
        ...(missing.length > 0 && { missing: missing.map(missingInfo) }),
        next_after: rows.length > found.length && last ? last.version : null,
      });
    },
  }),
  route({
    ...common,
    operationId: 'wait_for_sandbox',
    path: '/sandboxes/{id}/wait',
    summary: 'Wait for a status',
    description:
      'Responds when the sandbox is in one of the statuses, when it can never be in any of them again, when the operation that leads there has failed (also in the minute before the request), or when the time limit has passed. A wait by name stays with the sandbox that had the name when it began.',
    query: {
      status: statusList({ required: true, description: 'The statuses to wait for; one of them is enough.' }),
      timeout: seconds({
        maximum: 60,
        fallback: 30,
        description: 'The time limit of the wait, in seconds.',
      }),
    },
    responses: {
      200: { description: 'The result of the wait.', json: waitResultSchema },
      429: {
        description: 'Too many open streams and waits, or too many requests.',
        headers: ['Retry-After'],
      },
      503: { description: 'The server is stopping.', headers: ['Retry-After'] },
    },
    async handle(context) {
      const { namespace, watchers } = context;
      const leave = watchers.enter(namespace);
      if (typeof leave !== 'function') return leave;
      return wait(context).finally(leave);
    },
  }),
];

/** Waits, and returns the result of the wait. */
async function wait(context: RequestContext<{ status: readonly Status[]; timeout: number }>): Promise<Reply> {
  const { host, namespace, id, query, closing, accessEnded, request } = context;
  const { outcome, reason, entry } = await host.waitFor(namespace, id, query.status, {
    timeoutMs: Math.round(query.timeout * 1000),
    signal: AbortSignal.any([request.signal, closing, ...(accessEnded ? [accessEnded] : [])]),
  });
  if (accessEnded?.aborted) return accessEndedReply();
  if (outcome === 'timed_out' && closing.aborted) throw new StoppingError();
  return json({ outcome, reason, sandbox: sandboxInfo(entry, urlOf(context, entry), host) });
}
