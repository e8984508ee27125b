import { onWake } from '../browser/on-wake.ts';
import { createTransport } from './connection.ts';
import {
  callWith,
  failureOf,
  type HttpOptions,
  pathOf,
  readPages,
  sendCommand,
  serverTimeOf,
} from './http-calls.ts';
import type { Protocol } from './protocol.ts';
import { sandboxFromTensorlake, type TensorlakeSandbox } from './tensorlake-record.ts';
import type { Transport } from './transport.ts';

/** The longest time that a resume can be in progress, in ms: the time that the official clients wait for it. */
const resumeLimitMs = 300_000;

/**
 * Creates a transport to any server with Tensorlake's API alone, without versions, idempotency keys or streams. Polls the
 * state and orders it causally. After a lost reply, the client reads the state before it sends the command again.
 *
 * @example
 * tensorlakeTransport({ url: 'https://api.tensorlake.ai', headers: { authorization: `Bearer ${key}` } });
 */
export function tensorlakeTransport(options: HttpOptions): Transport {
  return createTransport(tensorlakeProtocol(options));
}

/** The requests of Tensorlake's API. */
export function tensorlakeProtocol(options: HttpOptions): Protocol {
  const call = callWith(options);
  /** When each resume was accepted: the API shows a resuming sandbox as suspended. */
  const resumes = new Map<string, number>();

  function sandboxOf(record: TensorlakeSandbox) {
    const sandbox = sandboxFromTensorlake(record);
    const isResuming = Date.now() < (resumes.get(sandbox.id) ?? 0) + resumeLimitMs;
    if (isResuming && sandbox.status === 'suspended') return sandboxFromTensorlake(record, true);
    resumes.delete(sandbox.id);
    return sandbox;
  }

  return {
    isVersioned: false,
    scope: options.url,
    request: call,
    onWake,

    async read(sandboxId, _after, signal) {
      if (sandboxId === undefined) return readPages(call, signal, sandboxOf);
      const response = await call(pathOf(sandboxId), { signal });
      if (!response.ok) return failureOf(response);
      const sandbox = sandboxOf((await response.json()) as TensorlakeSandbox);
      return { sandboxes: [sandbox], ...serverTimeOf(response) };
    },

    async send(request, signal) {
      const reply = await sendCommand(call, request, {}, signal);
      const hasBegun = reply.outcome === 'accepted' && !reply.isUnchanged;
      if (request.command.type === 'resume' && hasBegun) resumes.set(request.sandboxId, Date.now());
      return reply;
    },
  };
}
