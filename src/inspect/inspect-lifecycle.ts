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

/** Which page shows it: ours, the one of stately.ai, or another that speaks the same protocol. */
export type InspectorUi = 'local' | 'stately' | { readonly url: string };

/** How to inspect. */
export interface InspectOptions {
  /** `local` when left out: our own page, which needs no internet. */
  readonly ui?: InspectorUi;
  /** How messages get to the page: `popup` when left out, an iframe, or any transport, such as a relay. */
  readonly transport?: 'popup' | IframeLike | InspectorTransport;
  /** The free texts that are hidden: both when left out. Nothing but them and the lifecycle ever leaves. */
  readonly redact?: readonly FreeText[];
  /** How many messages are kept for a page that opens later; 1,000 when left out. */
  readonly buffer?: number;
}

/** An observation of a host, as `observe` receives it. An inspector shows two of them and ignores the others. */
export type HostObservation =
  | { readonly type: 'applied'; readonly row: HistoryLine }
  | { readonly type: 'refused'; readonly sandboxId: string; readonly command: string; readonly code: string }
  | { readonly type: 'operation' | 'timeout' | 'committed' | 'drift' | 'broken' | 'problem' };

/** An inspector that is attached to a page. */
export interface LifecycleInspector {
  /** For `createActor(sandboxMachine, { inspect })`. */
  readonly inspect: (event: InspectionEvent) => void;
  /** Shows a row of a host's history, or a `change` of the API. Versions that were shown before are ignored. */
  change(line: HistoryLine): void;
  /** For `createHost({ observe })`: shows applied events and refusals. */
  observe(observation: HostObservation): void;
  /** Shows a client's sandbox and its predictions. Returns a function that stops that. */
  client(client: ObservedClient): () => void;
  /** The kept messages: a session that the page can open. */
  session(): readonly InspectorMessage[];
  stop(): void;
}

/**
 * Shows the machine live. In a browser it opens a popup; elsewhere give it a relay as its transport. It speaks the
 * protocol of `@statelyai/inspect`, and beside it messages of our own, which the hosted page passes over. Throws when there is
 * neither a window nor a transport.
 *
 * @example
 * const inspector = inspectLifecycle();
 * const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
 */
export function inspectLifecycle(options: InspectOptions = {}): LifecycleInspector {
  const { ui = 'local', transport = 'popup', redact, buffer: limit = 1_000 } = options;
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new RangeError(`buffer must be a whole number from 1, but is ${limit}.`);
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
      'There is no window to open the inspector from: give a transport, such as await createRelay() of sandbox-lifecycle/inspect/relay.',
    );
  }
  return windowTransport(window, urlOf(ui), transport === 'popup' ? undefined : transport);
}

/** Where a page is. Bundlers see the file of our own and bring it along. */
export function urlOf(ui: InspectorUi): string {
  if (typeof ui === 'object') return ui.url;
  return ui === 'stately' ? statelyUrl : new URL('./inspector.html', import.meta.url).href;
}

/** The hosted inspector. */
const statelyUrl = 'https://stately.ai/inspect';
