import type { Sandbox } from '../../model/sandbox.ts';
import type { Clock } from '../../utils/clock.ts';
import type { Committer } from './committer.ts';

/** The parts of a host that record activity. */
interface ActivityParts {
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'apply'>;
  readonly onProblem: (error: unknown, sandboxId: string) => void;
}

/** Creates the `touch` of a host: it restarts the idle limit of a sandbox that has received a request. */
export function createTouch({ clock, committer, onProblem }: ActivityParts): (sandbox: Sandbox) => void {
  return (sandbox) => {
    const at = clock.now();
    if (!isActivity(sandbox, at)) return;
    committer
      .apply(sandbox.id, { type: 'keepalive', at }, { actor: 'user', cause: 'activity' })
      .catch((error: unknown) => onProblem(error, sandbox.id));
  };
}

/** Whether a request counts as activity. At most one request per second counts, because each one is a commit. */
function isActivity({ status, idleTimeoutMs, idleAt }: Sandbox, now: number): boolean {
  if (idleTimeoutMs === null || idleAt === null || status === 'suspending') return false;
  return now + idleTimeoutMs - idleAt >= Math.min(1_000, idleTimeoutMs / 10);
}
