/** A command of a client. It names its sandbox by id, except for `get`. */
export type Command =
  | Create
  | { readonly type: 'suspend' | 'resume' | 'terminate' | 'keepalive'; readonly sandboxId: string }
  | { readonly type: 'snapshot'; readonly sandboxId: string; readonly snapshotType: 'memory' | 'filesystem' }
  | { readonly type: 'rename'; readonly sandboxId: string; readonly name: string }
  | Expose
  | { readonly type: 'get'; readonly idOrName: string }
  | { readonly type: 'deleteSnapshot'; readonly snapshotId: string };

/** Changes the only exposed port and, in the same request, perhaps the name and the limit of a suspended sandbox. */
export interface Expose {
  readonly type: 'expose';
  readonly sandboxId: string;
  readonly port: number;
  readonly name: string | null;
  readonly suspendedTimeoutSeconds: number | null;
}

/** Creates a sandbox. Its mark is an argument of its processes, so that the test can find them. */
export interface Create {
  readonly type: 'create';
  readonly name: string | null;
  readonly timeoutSeconds: number | null;
  readonly mark: string;
  readonly shape: Shape;
  readonly snapshotId: string | null;
}

/** How many processes a sandbox has; in `stray`, one of them starts its own session. */
export type Shape = 'one' | 'two' | 'stray';

/** How many processes with its mark a running sandbox has. */
export const processCount: Readonly<Record<Shape, number>> = { one: 1, two: 2, stray: 2 };

/** The HTTP request of a command. */
export function toHttp(command: Command): { method: string; path: string; body?: unknown } {
  switch (command.type) {
    case 'create':
      return { method: 'POST', path: '/sandboxes', body: toBody(command) };
    case 'terminate':
      return { method: 'DELETE', path: `/sandboxes/${command.sandboxId}` };
    case 'rename':
      return { method: 'PATCH', path: `/sandboxes/${command.sandboxId}`, body: { name: command.name } };
    case 'expose': {
      const { name, suspendedTimeoutSeconds } = command;
      const body = {
        exposed_ports: [command.port],
        ...(name !== null && { name }),
        ...(suspendedTimeoutSeconds !== null && { suspended_timeout_secs: suspendedTimeoutSeconds }),
      };
      return { method: 'PATCH', path: `/sandboxes/${command.sandboxId}`, body };
    }
    case 'get':
      return { method: 'GET', path: `/sandboxes/${command.idOrName}` };
    case 'deleteSnapshot':
      return { method: 'DELETE', path: `/snapshots/${command.snapshotId}` };
    case 'snapshot': {
      const body = { snapshot_type: command.snapshotType };
      return { method: 'POST', path: `/sandboxes/${command.sandboxId}/snapshot`, body };
    }
    default:
      return { method: 'POST', path: `/sandboxes/${command.sandboxId}/${command.type}` };
  }
}

function toBody({ name, timeoutSeconds, mark, shape, snapshotId }: Create): unknown {
  return {
    ...(name !== null && { name }),
    ...(timeoutSeconds !== null && { timeout_secs: timeoutSeconds }),
    ...(snapshotId !== null && { snapshot_id: snapshotId }),
    entrypoint: entrypoints[shape](mark),
  };
}

const entrypoints: Readonly<Record<Shape, (mark: string) => string[]>> = {
  one: (mark) => ['sleep', mark],
  two: (mark) => ['sh', '-c', `sleep ${mark} & exec sleep ${mark}`],
  stray: (mark) => ['sh', '-c', `setsid sleep ${mark} & exec sleep ${mark}`],
};
