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

/** How long a resume can be under way, in ms: as long as the official clients wait for one. */
const resumeLimitMs = 300_000;

/** The requests of the source documents' API. */
export function tensorlakeProtocol(options: HttpOptions): Protocol {
  const call = callWith(options);
  /** When each resume was taken: the API shows a sandbox that resumes as suspended. */
  const resumes = new Map<string, number>();

  function sandboxOf(info: TensorlakeSandbox) {
    const sandbox = sandboxFromTensorlake(info);
    const isResuming = Date.now() < (resumes.get(sandbox.id) ?? 0) + resumeLimitMs;
    if (isResuming && sandbox.status === 'suspended') return sandboxFromTensorlake(info, true);
    resumes.delete(sandbox.id);
    return sandbox;
  }

  return {
    isVersioned: false,

    async read(sandboxId, _after, signal) {
      if (sandboxId === undefined) return readPages(call, signal, sandboxOf);
      const response = await call(pathOf(sandboxId), { signal });
      if (!response.ok) return failureOf(response);
      const sandbox = sandboxOf((await response.json()) as TensorlakeSandbox);
      return { sandboxes: [sandbox], ...serverTimeOf(response) };
    },

    async send(request, signal) {
      const answer = await sendCommand(call, request, {}, signal);
      const hasBegun = answer.outcome === 'accepted' && !answer.isUnchanged;
      if (request.command.type === 'resume' && hasBegun) resumes.set(request.sandboxId, Date.now());
      return answer;
    },
  };
}
