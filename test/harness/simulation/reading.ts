import { NotFoundError } from '../../../src/server/errors.ts';
import type { Host } from '../../../src/server/host.ts';
import type { SandboxEntry } from '../../../src/server/store/store.ts';
import { must, mustEqual, Violation } from '../shared/violation.ts';
import { isInDoubt } from './rejection-oracle.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** Has a client look at something, and checks that what it sees was so at some time while it looked. */
export async function read(
  world: World,
  supervisor: Supervisor,
  namespace: string,
  target: string | undefined,
): Promise<void> {
  const { random, audit, counters } = world;
  const { host, life } = await supervisor.up();
  const before = audit.versionOf(target ?? '');
  const look = random.pick([get, list, history, wait]);
  const lost = new Promise<void>((resolve) => void life.onEnd(resolve));
  await Promise.race([lost, life.during(look(host)).catch(judge)]);

  async function get(from: Host): Promise<void> {
    if (target === undefined) return;
    seen(await from.get(namespace, target));
  }

  async function list(from: Host): Promise<void> {
    const { items } = await from.list({ namespace, limit: 100 });
    for (const entry of items) seen(entry);
  }

  async function history(from: Host): Promise<void> {
    if (target === undefined) return;
    const rows = await from.history(namespace, target);
    rows.forEach((row, index) => {
      must(row.version === index + 1, `the history of ${target} leaves a version out`);
      mustEqual(row.sandbox, audit.row(row.sandboxId, row.version)?.sandbox, `v${row.version} of ${target}`);
    });
    must(rows.length >= before, `the history of ${target} ends too early`);
  }

  async function wait(from: Host): Promise<void> {
    if (target === undefined) return;
    const wanted = [random.pick(['running', 'suspended', 'terminated', 'pending'] as const)];
    const timeoutMs = random.between(0, 20_000);
    const since = world.clock.elapsed();
    const { outcome, entry } = await from.waitFor(namespace, target, wanted, { timeoutMs });
    counters.count(`wait ${outcome}`);
    seen(entry);
    const isThere = wanted.includes(entry.sandbox.status as 'running');
    must(
      (outcome === 'reached') === isThere,
      `waiting for ${wanted} ended ${outcome} at ${entry.sandbox.status}`,
    );
    if (outcome === 'timed_out' && world.profile.jumps === 0 && world.profile.restarts === 0) {
      must(world.clock.elapsed() - since > timeoutMs - 1, 'a wait timed out too early');
    }
  }

  function seen({ sandbox, namespace: found }: SandboxEntry): void {
    mustEqual(sandbox, audit.row(sandbox.id, sandbox.version)?.sandbox, `what was read of ${sandbox.id}`);
    must(found === namespace, `${sandbox.id} was shown to another namespace`);
    must(sandbox.id !== target || sandbox.version >= before, `an old version of ${sandbox.id} was read`);
  }

  function judge(error: unknown): void {
    const isName = target !== undefined && audit.entries.get(target)?.namespace !== namespace;
    if (isInDoubt(error) || (error instanceof NotFoundError && isName)) return;
    world.fail(error instanceof Violation ? error : new Violation(`a read failed: ${String(error)}`));
  }
}
