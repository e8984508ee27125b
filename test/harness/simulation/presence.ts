import type { SimulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import { absenceReason } from '../../../src/server/reconciler/absence.ts';
import type { HistoryRow } from '../../../src/server/store/records.ts';
import type { Random } from '../shared/random.ts';
import { must } from '../shared/violation.ts';
import type { FaultProfile } from './fault-profile.ts';
import type { WorldClock } from './world-clock.ts';

/** Which sandboxes the inventory omits, and which ends of sandboxes are justified. */
export interface Presence {
  /** Notes the boots and resumes since the last call, which count as just carried out. */
  noteStarts(): void;
  /** Returns whether the inventory of this instant lists a sandbox. Throws when it fails. */
  listing(): (sandboxId: string) => boolean;
  /** Sandboxes whose end an operator has confirmed. */
  readonly confirmed: Set<string>;
  /** Checks an applied event: the platform has really lost what ended, and absence alone ends few sandboxes at once. */
  checkEnd(row: HistoryRow): void;
}

/** Commits that are closer together than this belong to one look, in ms. */
const sameLookMs = 15_000;

/** How many sandboxes a look may end by absence alone: a world has too few for more. */
const mostInOneLook = 1;

/** Creates the presence of a world. */
export function createPresence({
  profile,
  platform,
  clock,
  random,
}: {
  readonly profile: FaultProfile;
  readonly platform: SimulatedPlatform;
  readonly clock: WorldClock;
  readonly random: Random;
}): Presence {
  const startedAt = new Map<string, number>();
  const confirmed = new Set<string>();
  let seen = 0;
  let last = { at: Number.NEGATIVE_INFINITY, count: 0 };

  function noteStarts(): void {
    for (; seen < platform.effects.length; seen++) {
      const { kind, sandboxId } = platform.effects[seen] as SimulatedPlatform['effects'][number];
      if (kind === 'boot' || kind === 'resume') startedAt.set(sandboxId, clock.elapsed());
    }
  }

  /** How the inventory is wrong as a whole at this instant, if it is. */
  function wrongNow(): string | undefined {
    const { inventoryWrong: window } = profile;
    const now = clock.elapsed();
    return window !== null && now >= window.fromMs && now < window.fromMs + window.forMs
      ? window.how
      : undefined;
  }

  return {
    confirmed,
    noteStarts,
    listing() {
      const wrong = wrongNow();
      if (wrong === 'fails') throw new Error('The inventory failed (simulated).');
      if (wrong === 'is empty') return () => false;
      const since = clock.elapsed() - profile.inventoryLagMs;
      const isHidden = (at: number) => at > since || random.chance(profile.inventoryOmits);
      const hidden = new Set([...startedAt].filter(([, at]) => isHidden(at)).map(([id]) => id));
      return (sandboxId) => !hidden.has(sandboxId);
    },
    checkEnd({ sandboxId, event, version, sandbox }) {
      if (event.type !== 'crashed' && event.type !== 'exited' && event.type !== 'lost') return;
      const instance = platform.get(sandboxId);
      const isThere =
        instance !== undefined && (event.type === 'lost' || instance.incarnation === event.incarnation);
      const hasDied =
        event.type !== 'lost' &&
        platform.effects.some(
          (one) => one.kind === 'die' && one.sandboxId === sandboxId && one.operation === event.incarnation,
        );
      must(
        !isThere || hasDied,
        `${sandboxId} v${version} by ${event.type}: the platform has not lost this sandbox`,
      );
      if (sandbox.outcome?.detail !== absenceReason || confirmed.has(sandboxId)) return;
      const at = clock.elapsed();
      last = { at, count: at - last.at < sameLookMs ? last.count + 1 : 1 };
      must(last.count <= mostInOneLook, `one look ended ${last.count} sandboxes by absence alone`);
    },
  };
}
