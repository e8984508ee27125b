import type { Sandbox } from '../../../model/sandbox.ts';
import type { WatchQuery } from '../../host.ts';
import { eventFrame } from '../events/frames.ts';
import { lastEventOf } from '../request/headers.ts';
import { flag } from '../request/query-parameters.ts';
import { type RequestContext, urlOf } from '../request-context.ts';
import { empty } from '../response/reply.ts';
import { sandboxInfo } from '../response/serialize.ts';
import { type ResponseShape, route } from '../route.ts';

const query = {
  unapplied: flag({
    description:
      'Also sends the events that are not applied: as `refused`, or as `unchanged` when the sandbox is already in that state or the event is too late or too early. Their data has `sandbox_id`, `version`, `at`, `event`, `actor` and `cause` as in a `change`, a `code`, and the `reason` as a sentence. They have no `id` because the server does not store them: a stream has only those that this server decides while the stream is open.',
  }),
};
const stream: ResponseShape = {
  description:
    'The events, as they happen. Each piece that the server sends begins with a comment, `time` and the clock of the server in epoch ms.',
  text: 'text/event-stream',
};
const common = { method: 'GET', group: 'Watching', access: 'namespace', isStream: true, query } as const;
const tooMany: ResponseShape = {
  description: 'Too many open streams and waits, or too many requests.',
  headers: ['Retry-After'],
};
const stopping: ResponseShape = { description: 'The server is stopping.', headers: ['Retry-After'] };
const resuming =
  'With `Last-Event-ID` the stream continues after that event without a gap, with the sandbox that it followed. When retention has deleted changes after that event, it begins like a new stream. A `closed` event has the reason why the server ended the stream.';

/** Changes as Server-Sent Events. The route of all sandboxes is first; a sandbox named `events` is reachable by its id. */
export const eventRoutes = [
  route({
    ...common,
    operationId: 'stream_all_events',
    path: '/sandboxes/events',
    summary: 'Watch all sandboxes',
    description: `A \`ready\` event, then a \`change\` event for each applied event of the namespace, in order. ${resuming}`,
    responses: { 200: stream, 429: tooMany, 503: stopping },
    async handle(context) {
      const { host, namespace, request, url, streams } = context;
      const sequence = await host.position();
      const resumeAfter = await resumableAfter(context, lastEventOf(request, url, sequence)?.sequence);
      return streams.open(context, {
        after: resumeAfter ?? sequence,
        first: resumeAfter === undefined ? eventFrame('ready', sequence, { sequence }) : '',
        changes: (after, signal) => watch(context, { namespace, after, signal }),
      });
    },
  }),
  route({
    ...common,
    operationId: 'stream_sandbox_events',
    path: '/sandboxes/{id}/events',
    summary: 'Watch a sandbox',
    description: `A \`state\` event with the sandbox, then a \`change\` event for each event that is applied to it. The stream ends when the sandbox is terminated. ${resuming}`,
    responses: {
      200: stream,
      204: { description: 'The sandbox is terminated, and all its changes were sent.' },
      429: tooMany,
      503: stopping,
    },
    async handle(context) {
      const { host, namespace, id, request, url, streams } = context;
      // The sequence is read first: a change between the two reads is sent twice rather than not at all.
      const sequence = await host.position();
      const last = lastEventOf(request, url, sequence);
      // The name may have moved to another sandbox since the stream began.
      const entry = await host.get(namespace, last?.sandboxId ?? id);
      const { sandbox } = entry;
      const resumeAfter = await resumableAfter(context, last?.sequence);
      if (resumeAfter !== undefined && (await hasEndedBy(context, sandbox, resumeAfter))) return empty(204);
      const info = sandboxInfo(entry, urlOf(context, entry), context.host);
      return streams.open(context, {
        after: resumeAfter ?? sequence,
        first:
          resumeAfter === undefined
            ? eventFrame('state', sequence, { sequence, sandbox: info }, sandbox.id)
            : '',
        sandboxId: sandbox.id,
        isOver: resumeAfter === undefined && sandbox.status === 'terminated',
        isLast: ({ to }) => to === 'terminated',
        // The record has what the missing change has led to, and maybe more.
        async afterMissing({ sequence: at }) {
          const now = await host.get(namespace, sandbox.id);
          const shown = sandboxInfo(now, urlOf(context, now), context.host);
          return eventFrame('state', at, { sequence: at, sandbox: shown }, sandbox.id);
        },
        changes: (after, signal) => watch(context, { namespace, sandboxId: sandbox.id, after, signal }),
      });
    },
  }),
];

/** The changes, and the unapplied events if the request includes them. */
function watch({ host, query: { unapplied } }: RequestContext<{ unapplied: boolean }>, watched: WatchQuery) {
  return host.watchAll({ ...watched, unapplied });
}

/** The sequence after which a stream continues; undefined for one that begins again, also because changes after it were deleted. */
async function resumableAfter(
  { host, namespace }: RequestContext,
  sequence: number | undefined,
): Promise<number | undefined> {
  return sequence !== undefined && (await host.hasAllAfter(namespace, sequence)) ? sequence : undefined;
}

/** Whether no change can follow this sequence. */
async function hasEndedBy(
  { host, namespace }: RequestContext,
  sandbox: Sandbox,
  sequence: number,
): Promise<boolean> {
  if (sandbox.status !== 'terminated') return false;
  const [last] = await host.historyItems(namespace, sandbox.id, {
    afterVersion: sandbox.version - 1,
    limit: 1,
  });
  return last === undefined || last.sequence <= sequence;
}
