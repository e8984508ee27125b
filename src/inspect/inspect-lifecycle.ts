import type { InspectionEvent } from 'xstate';
import { createMessageBuffer } from './protocol/message-buffer.ts';
import type { InspectorMessage } from './protocol/messages.ts';
import { type FreeText, redaction } from './protocol/redaction.ts';
import { createObserver } from './sources/actor.ts';
import { type ObservedClient, observeClient } from './sources/client.ts';
import { createConfirmedState } from './sources/confirmed.ts';
import { type HistoryLine, stepOf } from './sources/history.ts';
import { createMessageWriter } from './sources/message-writer.ts';
import type { InspectorTransport } from './transports/transport.ts';
import { type IframeLike, type WindowLike, windowTransport } from './transports/window.ts';

/** The page that shows the machine: our own, the hosted one of stately.ai, or another page with the same protocol. */
export type InspectorUi = 'local' | 'stately' | { readonly url: string };

/** Options of {@link inspectLifecycle}. */
export interface InspectOptions {
  /** `local` by default: our own page, which needs no network. */
  readonly ui?: InspectorUi;
  /** The transport of the messages: `popup` (the default), an iframe, or your own, such as a relay. */
  readonly transport?: 'popup' | IframeLike | InspectorTransport;
  /** The free texts to hide: both by default. Apart from them, only fields of the lifecycle leave the process. */
  readonly redact?: readonly FreeText[];
  /** The number of messages to keep for a page that opens later. 1,000 by default. */
  readonly buffer?: number;
}

/**
 * An observation that a host passes to `observe`. An inspector shows `applied` and `refused`, and ignores the others.
 */
export type HostObservation =
  | { readonly type: 'applied'; readonly row: HistoryLine }
  | { readonly type: 'refused'; readonly sandboxId: string; readonly command: string; readonly code: string }
  | {
      readonly type:
        | 'operation'
        | 'timeout'
        | 'committed'
        | 'drift'
        | 'absences'
        | 'stuckRelease'
        | 'takeover'
        | 'lease'
        | 'retention'
        | 'broken'
        | 'problem';
    };

/** An inspector that is attached to a page. */
export interface LifecycleInspector {
  /** For `createActor(sandboxMachine, { inspect })`. */
  readonly inspect: (event: InspectionEvent) => void;
  /** Shows a row of a host's history, or a `change` of the API. Ignores versions that it has shown before. */
  change(line: HistoryLine): void;
  /** For `createHost({ observe })`: shows applied events and refusals. */
  observe(observation: HostObservation): void;
  /** Shows a client's sandbox and its predictions. Returns a function that stops it. */
  client(client: ObservedClient): () => void;
  /** Returns the kept messages: a session that the page can open. */
  session(): readonly InspectorMessage[];
  stop(): void;
}

/**
 * Shows the machine live. In a browser it opens a popup; elsewhere, pass a relay as `transport`. It uses the protocol
 * of `@statelyai/inspect` and adds messages of our own, which the hosted page ignores. Throws an `Error` when it has
 * neither a window nor a transport.
 *
 * @example
 * const inspector = inspectLifecycle();
 * const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
 */
export function inspectLifecycle(options: InspectOptions = {}): LifecycleInspector {
  const { ui = 'local', transport = 'popup', redact, buffer: limit = 1_000 } = options;
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`buffer must be a positive integer, but is ${limit}.`);
  const outlet = toTransport(transport, ui);
  const buffer = createMessageBuffer(limit);
  const writer = createMessageWriter(
    redaction(redact),
    { buffer, send: (message) => outlet.send(message) },
    Date.now,
  );
  const confirmed = createConfirmedState(writer);
  outlet.start(() => buffer.replay());

  return {
    inspect: createObserver(writer),
    change: (line) => confirmed.step(stepOf(line)),
    observe(observation) {
      if (observation.type === 'applied') confirmed.step(stepOf(observation.row));
      if (observation.type === 'refused') {
        const { sandboxId, command, code } = observation;
        confirmed.refused(sandboxId, command, { code, message: '' }, writer.now());
      }
    },
    client: (client) => observeClient(client, writer, confirmed),
    session: () => buffer.replay(),
    stop: () => outlet.stop(),
  };
}

function toTransport(
  transport: NonNullable<InspectOptions['transport']>,
  ui: InspectorUi,
): InspectorTransport {
  if (typeof transport === 'object' && 'start' in transport) return transport;
  const { window } = globalThis as { window?: WindowLike };
  if (window === undefined) {
    throw new Error(
      'Found no window to open the inspector from. Pass a transport, such as await createRelay() from sandbox-lifecycle/inspect/relay.',
    );
  }
  return windowTransport(window, urlOf(ui), transport === 'popup' ? undefined : transport);
}

/** Returns the address of a page. Bundlers detect the file of our own page and include it. */
export function urlOf(ui: InspectorUi): string {
  if (typeof ui === 'object') return ui.url;
  return ui === 'stately' ? statelyUrl : new URL('./inspector.html', import.meta.url).href;
}

/** The hosted inspector. */
const statelyUrl = 'https://stately.ai/inspect';
