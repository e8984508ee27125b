import { commands } from '../../model/events.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { ClientContext } from '../replica/client-context.ts';
import { createListeners } from '../replica/listeners.ts';
import { createReadiness } from '../replica/readiness.ts';
import type { SandboxClient } from '../replica/sandbox-client.ts';
import type { SandboxListStore } from '../replica/sandbox-list-store.ts';
import { displayStatusOf, type SandboxView } from '../replica/view.ts';
import type { Reason } from '../transport/command-request.ts';

/** The client of a sandbox that the server has not confirmed, and later of the real one. */
export interface ProvisionalClient {
  readonly client: SandboxClient;
  /** Shows the real sandbox from now on. */
  become(real: SandboxClient): void;
  /** Reports that the sandbox was not created. */
  fail(message: string): void;
}

const unconfirmed: Reason = { code: 'loading', message: 'The server has not confirmed this sandbox yet.' };

/** Creates the client. Until the sandbox is confirmed, every command is refused with a sentence. */
export function createProvisionalClient(
  context: ClientContext,
  store: SandboxListStore,
  sandbox: Sandbox,
): ProvisionalClient {
  let real: SandboxClient | undefined;
  let view: SandboxView | undefined;
  let reason = unconfirmed;
  const ready = createReadiness(
    context,
    () => {},
    () => reason.message,
  );
  const listeners = createListeners();
  const commandViews = unconfirmedCommands();
  /** The functions that end the subscriptions of the listeners to the real sandbox. */
  const ends = new Map<() => void, () => void>();

  function provisionalView(): SandboxView {
    const { connection, problem } = store.connection();
    if (view?.connection === connection && view.problem === problem) return view;
    view = Object.freeze({ ...viewOf(sandbox), connection, problem, commands: commandViews });
    return view;
  }

  const client: SandboxClient = {
    getSnapshot: () => real?.getSnapshot() ?? provisionalView(),
    getServerSnapshot: () => provisionalView(),
    get ready() {
      return ready.promise();
    },
    subscribe(listener) {
      const own = () => listener();
      const end = listeners.add(own);
      ends.set(own, real?.subscribe(own) ?? (() => {}));
      return () => {
        end();
        ends.get(own)?.();
        ends.delete(own);
      };
    },
    send(input, options) {
      if (real) return real.send(input, options);
      return { id: context.newId(), settled: Promise.resolve({ outcome: 'refused', reason }) };
    },
    can: (query) => real?.can(query) ?? false,
    why: (query) => (real ? real.why(query) : reason),
    refresh: () => real?.refresh(),
    dismiss: (rollbackId) => real?.dismiss(rollbackId),
    dispose() {},
  };
  return {
    client,
    become(next) {
      real = next;
      for (const listener of ends.keys()) ends.set(listener, next.subscribe(listener));
      ready.settle();
      listeners.notify();
    },
    fail(message) {
      reason = { code: 'terminal', message };
      ready.settle(message);
    },
  };
}

/** The state of every command's button until the sandbox is confirmed. */
function unconfirmedCommands(): SandboxView['commands'] {
  const view = Object.freeze({ isAllowed: false, reason: unconfirmed, isSatisfied: false, isBusy: false });
  return Object.freeze(Object.fromEntries(commands.map((name) => [name, view]))) as SandboxView['commands'];
}

function viewOf(sandbox: Sandbox): Omit<SandboxView, 'connection' | 'problem' | 'commands'> {
  const parts = { pending: [], timeout: null, timeouts: [], timeline: [], rollbacks: [] };
  return { id: sandbox.id, sandbox, confirmed: null, displayStatus: displayStatusOf(sandbox), ...parts };
}
