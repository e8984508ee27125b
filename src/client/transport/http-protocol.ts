import type { Sandbox } from '../../model/sandbox.ts';
import { readEvents } from '../../utils/sse-reader.ts';
import { longest } from '../replica/timeline.ts';
import {
  callWith,
  failureOf,
  type HttpOptions,
  pathOf,
  readPages,
  sendCommand,
  sentenceOf,
  serverTimeOf,
} from './http-calls.ts';
import type { Protocol } from './protocol.ts';
import type { ReadFailure, ServerChange, ServerUpdate } from './server-update.ts';

/** A sandbox on our wire, as far as a client reads it. */
interface Info {
  readonly lifecycle?: Sandbox;
}

/** A change on our wire. */
interface ChangeInfo {
  readonly at: number;
  readonly from: string | null;
  readonly event: { readonly type: string; readonly reason?: string };
  readonly actor: string | null;
  readonly cause: string | null;
  readonly lifecycle: Sandbox;
}

/** The requests that a server of this package understands. */
export function httpProtocol(options: HttpOptions): Protocol {
  const call = callWith(options);

  async function history(
    sandboxId: string,
    from: number,
    signal: AbortSignal,
  ): Promise<ServerUpdate | ReadFailure> {
    const changes: ServerChange[] = [];
    for (let after: number | null = from; after !== null; ) {
      const response: Response = await call(`${pathOf(sandboxId)}/history?after=${after}&limit=1000`, {
        signal,
      });
      if (!response.ok) return failureOf(response);
      const page = (await response.json()) as { history: ChangeInfo[]; next_after: number | null };
      changes.push(...page.history.map(changeOf));
      after = page.next_after;
      if (after === null) return { sandboxes: [], changes, ...serverTimeOf(response) };
    }
    return { sandboxes: [], changes };
  }

  return {
    isVersioned: true,

    async read(sandboxId, after, signal) {
      if (sandboxId === undefined) return readPages(call, signal, lifecycleOf);
      if (after !== undefined) return history(sandboxId, after, signal);
      const response = await call(pathOf(sandboxId), { signal });
      if (!response.ok) return failureOf(response);
      const sandbox = lifecycleOf((await response.json()) as Info);
      const steps = await history(sandbox.id, Math.max(0, sandbox.version - longest), signal);
      // The state is worth telling, whether or not there is a history.
      return { ...('problem' in steps ? {} : steps), sandboxes: [sandbox], ...serverTimeOf(response) };
    },

    send(request, signal) {
      const { id, ifVersion } = request;
      const condition = ifVersion === undefined ? {} : { 'if-match': `"${ifVersion}"` };
      return sendCommand(call, request, { 'idempotency-key': id, 'x-request-id': id, ...condition }, signal);
    },

    follow(sandboxId, after, listener) {
      const controller = new AbortController();
      let problem = 'The stream of events ended.';
      async function run(): Promise<void> {
        const response = await call(`${pathOf(sandboxId)}/events`, {
          headers: {
            accept: 'text/event-stream',
            ...(after !== undefined && { 'last-event-id': `${after}` }),
          },
          signal: controller.signal,
        });
        const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
        if (!isStream || !response.body) throw new Error(await sentenceOf(response));
        if (after !== undefined) listener.onOpen();
        await readEvents(
          response.body,
          ({ type, data, id }) => {
            const content = JSON.parse(data);
            const sequence = id === '' ? undefined : Number(id);
            if (type === 'change')
              listener.onUpdate({ sandboxes: [], changes: [changeOf(content)], sequence });
            if (type === 'closed') problem = content.reason;
            if (type !== 'state' && type !== 'ready') return;
            listener.onOpen();
            listener.onUpdate({
              sandboxes: type === 'state' ? [lifecycleOf(content.sandbox)] : [],
              sequence,
            });
          },
          () => listener.onAlive(),
        );
      }
      run()
        .catch((error: unknown) => {
          problem = error instanceof Error ? error.message : String(error);
        })
        .then(() => listener.onClosed(problem));
      return () => controller.abort();
    },
  };
}

function lifecycleOf({ lifecycle }: Info): Sandbox {
  if (!lifecycle) throw new Error('The server tells no lifecycle record; use tensorlakeTransport for it.');
  return lifecycle;
}

function changeOf({ lifecycle, at, from, event, actor, cause }: ChangeInfo): ServerChange {
  return { sandbox: lifecycle, at, from, event: event.type, actor, cause, detail: event.reason };
}
