import type { SandboxEvent } from '../../model/events.ts';
import { elapsedBy } from '../../utils/clock.ts';
import { createKeyedLock } from '../../utils/keyed-lock.ts';
import type { Committer } from '../commands/committer.ts';
import type { Driver } from '../driver/driver.ts';
import type { DriftKind } from '../telemetry/observation.ts';
import { type AbsenceEvidence, absenceReason, type Span } from './absence.ts';
import { type Absences, createHeldAbsences } from './absences.ts';
import { type Drift, type DriftOptions, findDrift } from './drift.ts';
import { type ExitedSandbox, type InspectedMissing, inspectMissing } from './inspect-missing.ts';
import type { OrphanDecisions } from './orphan-decisions.ts';
import { createOrphans } from './orphans.ts';
import { platformEvent } from './platform-event.ts';
import { commitEnd } from './report-end.ts';

/** The parts of a host that repair drift. */
export interface DriftRepairOptions extends DriftOptions {
  readonly driver: Pick<Driver, 'inventory' | 'inspect'>;
  readonly evidence: AbsenceEvidence;
  /** Whether the host releases sandboxes without a record, or leaves them to an operator. */
  readonly orphans: 'release' | 'keep';
  readonly orphanGraceSeconds: number;
  /** The decisions of operators about sandboxes without a record. */
  readonly decisions: Pick<OrphanDecisions, 'handle' | 'undecided'>;
  /** Whether the database is a restored one, so that every absence waits for an operator. */
  readonly restored: boolean;
  /** Makes the driver bring a sandbox into the state of its record, unless an operation of it is in progress. */
  readonly adopt: (sandboxId: string) => Promise<unknown>;
  readonly committer: Committer;
  readonly onDrift: (drift: Pick<Drift, 'kind' | 'sandboxId'>) => void;
  readonly onAbsences: (absences: Absences | null) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Compares the platform with the records, and makes them match. Looks do not overlap. */
export interface DriftRepair {
  /** Looks at the platform once. Rejects, and changes nothing, when the platform or the store cannot be read. */
  look(signal: AbortSignal): Promise<void>;
  /** The absent sandboxes that wait for an operator; null when none does. */
  absences(): Absences | null;
  /**
   * Looks once more, and ends the waiting sandboxes that are still absent. Returns their ids. Throws `RuleError` when
   * not `count` of them wait.
   */
  confirmAbsences(count: number, signal: AbortSignal): Promise<readonly string[]>;
}

/** Creates the repair of drift. The evidence of its looks is in memory. */
export function createDriftRepair(options: DriftRepairOptions): DriftRepair {
  const { evidence, clock, committer, decisions, onDrift, onProblem } = options;
  const held = createHeldAbsences(options.onAbsences, options.restored ? () => 0 : undefined);
  const orphans = createOrphans(options.orphanGraceSeconds * 1000);
  const turns = createKeyedLock();

  return {
    look: async (signal) => void (await turns.run('', () => look(signal, new Set()))),
    absences: held.current,
    confirmAbsences: (count, signal) => turns.run('', () => look(signal, held.confirmed(count))),
  };

  async function look(signal: AbortSignal, confirmed: ReadonlySet<string>): Promise<readonly string[]> {
    const startedAt = elapsedBy(clock);
    const { drifts, living } = await findDrift(options, signal);
    const missing = drifts.filter(({ kind }) => kind === 'missing' || kind === 'lost');
    const inspected = await inspectMissing(missing, options, signal);
    if (signal.aborted) return [];
    const span = { startedAt, endedAt: elapsedBy(clock) };
    for (const one of inspected.exited) await repair(one, signal, () => endExited(one));
    const ended = await endAbsent(inspected, { span, living, confirmed }, signal);
    for (const one of drifts) await repair(one, signal, actOn(one));
    await repairOrphans(idsOf(drifts, 'orphan'), span, signal);
    return ended;
  }

  /** Ends the sandboxes that are proven absent, as far as the limit or an operator allows. Returns their ids. */
  async function endAbsent(
    { absent, unknown }: InspectedMissing,
    { span, living, confirmed }: { span: Span; living: number; confirmed: ReadonlySet<string> },
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const missing = absent.map((drift) => ({
      ...drift,
      incarnation: drift.entry?.sandbox.incarnation ?? null,
    }));
    const proven = held.sift(evidence.add(span, missing, unknown), living, confirmed);
    for (const one of proven)
      await repair(one, signal, () => commitAbsence(one, absenceReason, { clock, committer }));
    return proven.map(({ sandboxId }) => sandboxId);
  }

  /** The exit of a program during a suspend would be stale. A later look finds it again. */
  async function endExited(exited: ExitedSandbox): Promise<void> {
    const { sandboxId, entry, inspection } = exited;
    const { exitCode, reason } = inspection;
    const { incarnation = null, status } = entry?.sandbox ?? {};
    if (incarnation === null) return commitAbsence(exited, reason, { clock, committer });
    const end = { sandboxId, incarnation, reason };
    if (exitCode === null) await commitEnd(end, 'drift', { clock, committer });
    else if (status !== 'suspending') await commitEnd({ ...end, exitCode }, 'drift', { clock, committer });
  }

  async function repairOrphans(found: readonly string[], span: Span, signal: AbortSignal): Promise<void> {
    const { appeared, expired } = orphans.add(span, found);
    for (const sandboxId of await decisions.undecided(appeared)) onDrift({ kind: 'orphan', sandboxId });
    await decisions.handle(found, options.orphans === 'keep' ? [] : expired, signal);
  }

  /** The repair of a difference other than a missing or unknown sandbox. */
  function actOn({ kind, sandboxId }: Drift): (() => Promise<unknown>) | undefined {
    if (kind === 'undead') return () => committer.setReleased(sandboxId, false);
    return kind === 'paused' || kind === 'running' ? () => options.adopt(sandboxId) : undefined;
  }

  async function repair(drift: Drift, signal: AbortSignal, act?: () => Promise<unknown>): Promise<void> {
    if (act === undefined || signal.aborted) return;
    onDrift(drift);
    await attempt(drift.sandboxId, signal, act);
  }

  /** Tries a repair. After an error the next look finds the difference again, and the other repairs continue. */
  async function attempt(sandboxId: string, signal: AbortSignal, act: () => Promise<unknown>): Promise<void> {
    try {
      if (!signal.aborted) await act();
    } catch (error) {
      onProblem(error, sandboxId);
    }
  }
}

function idsOf(drifts: readonly Drift[], kind: DriftKind): readonly string[] {
  return drifts.filter((drift) => drift.kind === kind).map(({ sandboxId }) => sandboxId);
}

/** Commits that a sandbox does not exist: `crashed` for this incarnation, `lost` for this version when it is suspended. */
async function commitAbsence(
  { sandboxId, entry }: Drift,
  reason: string,
  { clock, committer }: Pick<DriftRepairOptions, 'clock' | 'committer'>,
): Promise<void> {
  if (entry === null) return;
  const { incarnation, version } = entry.sandbox;
  const event: SandboxEvent = platformEvent(
    incarnation === null ? { type: 'lost', version, reason } : { type: 'crashed', incarnation, reason },
    clock.now(),
  );
  await committer.apply(sandboxId, event, { actor: 'platform', cause: 'drift' });
}
