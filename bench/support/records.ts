import {
  createSandbox,
  defaultPolicy,
  type Sandbox,
  type SandboxEvent,
  transition,
} from '../../src/index.ts';
import { defaultConfiguration } from '../../src/server/configuration.ts';
import type { SandboxEntry, StoreChange } from '../../src/server/index.ts';

const configuration: SandboxEntry['configuration'] = {
  ...defaultConfiguration,
  entrypoint: ['sleep', '3600'],
};

/** Returns the creation of a sandbox with a run limit, as a host commits it. With an idle limit too, each keepalive is applied. */
export function creation(
  id: string,
  timeoutMs: number,
  at: number,
  idleTimeoutMs: number | null = null,
): StoreChange {
  const { sandbox } = createSandbox({ id, name: null, timeoutMs, idleTimeoutMs, at });
  const after: SandboxEntry = { sandbox, namespace: 'default', configuration, released: false, revision: 1 };
  const limits = { timeoutMs, idleTimeoutMs, suspendedTimeoutMs: null };
  const created = { type: 'created', name: null, ...limits, at } as const;
  return { before: null, after, history: row(null, sandbox, created) };
}

/** Returns the next step of a sandbox, as a host commits it. */
export function step(before: SandboxEntry, event: SandboxEvent): StoreChange {
  const { sandbox } = transition(before.sandbox, event);
  const after = { ...before, sandbox, revision: before.revision + 1 };
  return { before, after, history: row(before.sandbox, sandbox, event) };
}

type Row = NonNullable<StoreChange['history']>;

function row(before: Sandbox | null, sandbox: Sandbox, event: Row['event']): Row {
  return {
    namespace: 'default',
    sandboxId: sandbox.id,
    version: sandbox.version,
    from: before?.status ?? null,
    to: sandbox.status,
    event,
    at: event.at,
    actor: 'user',
    cause: '6ab9b8c1-7d2f-4d7b-8f8e-1c2b3a4d5e6f',
    policy: defaultPolicy,
    sandbox,
  };
}
