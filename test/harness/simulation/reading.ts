import { NotFoundError, StoppingError } from '../../../src/server/errors.ts';
import type { Host } from '../../../src/server/host.ts';
import type { SandboxEntry } from '../../../src/server/store/records.ts';
import { must, mustEqual, Violation } from '../shared/violation.ts';
import { isInDoubt } from './rejection-oracle.ts';
import type { Supervisor } from './supervisor.ts';
import type { World } from './world.ts';

/** Reads something as a client, and checks that the result was true at some time during the read. */
export async function read(
  world: World,
  supervisor: Supervisor,
  namespace: string,
  target: string | undefined,
): Promise<void> {
  const { random, audit, counters } = world;
  const { host, life } = await supervisor.runningHost();
  const before = audit.versionOf(target ?? '');
  const readOne = random.pick([get, list, history, wait]);
  const lost = new Promise<void>((resolve) => void life.onEnd(resolve));
  await Promise.race([lost, life.during(readOne(host)).catch(checkError)]);

  async function get(from: Host): Promise<void> {
    if (target === undefined) return;
    checkEntry(await from.get(namespace, target));
  }

  async function list(from: Host): Promise<void> {
    const { items } = await from.list({ namespace, limit: 100 });
    for (const entry of items) checkEntry(entry);
  }

  async function history(from: Host): Promise<void> {
    if (target === undefined) return;
    const rows = await from.history(namespace, target);
    rows.forEach((row, index) => {
      must(row.version === index + 1, `the history of ${target} skips a version`);
      mustEqual(row.sandbox, audit.row(row.sandboxId, row.version)?.sandbox, `v${row.version} of ${target}`);
    });
    must(rows.length >= before, `the history of ${target} ends too early`);
  }

  async function wait(from: Host): Promise<void> {
    if (target === undefined) return;
    const expected = [random.pick(['running', 'suspended', 'terminated', 'pending'] as const)];
    const timeoutMs = random.between(0, 20_000);
    const since = world.clock.elapsed();
    const { outcome, entry } = await from.waitFor(namespace, target, expected, { timeoutMs });
    counters.count(`wait ${outcome}`);
    checkEntry(entry);
    const isReached = expected.includes(entry.sandbox.status as 'running');
    must(
      (outcome === 'reached') === isReached,
      `waiting for ${expected} ended ${outcome} at ${entry.sandbox.status}`,
    );
    if (outcome === 'timed_out' && world.profile.restarts === 0) {
      must(world.clock.elapsed() - since > timeoutMs - 1, 'a wait timed out too early');
    }
  }

  function checkEntry({ sandbox, namespace: found }: SandboxEntry): void {
    mustEqual(sandbox, audit.row(sandbox.id, sandbox.version)?.sandbox, `the record read of ${sandbox.id}`);
    must(found === namespace, `${sandbox.id} was shown to another namespace`);
    must(sandbox.id !== target || sandbox.version >= before, `an old version of ${sandbox.id} was read`);
  }

  function checkError(error: unknown): void {
    const isName = target !== undefined && audit.entries.get(target)?.namespace !== namespace;
    if (error instanceof StoppingError) counters.count('wait stopped');
    if (error instanceof StoppingError || isInDoubt(error) || (error instanceof NotFoundError && isName))
      return;
    world.fail(error instanceof Violation ? error : new Violation(`a read failed: ${String(error)}`));
  }
}
