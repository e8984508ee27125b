import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Clock } from '../../utils/clock.ts';
import type { Committer } from './committer.ts';

/** The parts of a host that record activity. */
interface ActivityParts {
  readonly policy: Policy;
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'apply'>;
  readonly onProblem: (error: unknown, sandboxId: string) => void;
}

/** Creates the `touch` of a host: it extends the timeout of a sandbox that has received a request. */
export function createTouch({
  policy,
  clock,
  committer,
  onProblem,
}: ActivityParts): (sandbox: Sandbox) => void {
  return (sandbox) => {
    const at = clock.now();
    if (!isActivity(sandbox, at, policy)) return;
    committer
      .apply(sandbox.id, { type: 'keepalive', at }, { actor: 'user', cause: 'activity' })
      .catch((error: unknown) => onProblem(error, sandbox.id));
  };
}

/** Whether a request counts as activity. At most one request per second counts, because each one is a commit. */
function isActivity({ timeoutMs, expiresAt }: Sandbox, now: number, policy: Policy): boolean {
  if (policy.timeoutMeasures !== 'idle' || timeoutMs === null || expiresAt === null) return false;
  return now + timeoutMs - expiresAt >= Math.min(1_000, timeoutMs / 10);
}
