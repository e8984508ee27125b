import { singleFlight } from '../../utils/single-flight.ts';
import { itemPages } from '../store/entry-pages.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { type Batches, batchSize } from './batches.ts';
import type { RetentionReport } from './retention-report.ts';

/** Cuts histories that are too long. */
interface HistoryCuts {
  /** Notes a commit. A history is cut when it has about a batch of rows too many. */
  committed(entry: SandboxEntry): void;
  /** Cuts the histories of all living sandboxes, also those that an earlier host has left too long. Does not reject. */
  cutAll(): Promise<void>;
}

/** The parts of a host that cut histories. */
interface HistoryCutParts {
  readonly store: Pick<Store, 'livingStates' | 'retention'>;
  /** The number of rows that stay; null for all. */
  readonly kept: number | null;
  readonly batches: Batches;
  readonly report: RetentionReport;
  readonly closing: AbortSignal;
  readonly onProblem: (error: unknown, sandboxId: null) => void;
}

/** Creates the cuts of a store. */
export function createHistoryCuts(parts: HistoryCutParts): HistoryCuts {
  const { store, kept, batches, report, closing, onProblem } = parts;
  const noted = new Set<string>();
  const cutNoted = singleFlight(async () => {
    const sandboxIds = [...noted];
    noted.clear();
    for (const sandboxId of sandboxIds) await cut(sandboxId);
  });

  return {
    committed({ sandbox: { id, version } }) {
      if (kept === null || version <= kept || version % batchSize !== 0) return;
      noted.add(id);
      void cutNoted();
    },
    async cutAll() {
      if (kept === null) return;
      try {
        const pages = itemPages(store.livingStates.bind(store), ({ sandboxId }) => sandboxId, closing);
        for await (const states of pages)
          for (const { sandboxId, version } of states) if (version > kept) await cut(sandboxId);
      } catch (error) {
        if (!closing.aborted) onProblem(error, null);
      }
    },
  };

  async function cut(sandboxId: string): Promise<void> {
    const { retention } = store;
    if (retention === undefined || kept === null) return;
    const count = await batches.repeat((limit) => retention.cutHistory(sandboxId, kept, limit));
    report.add('cutEvents', count);
  }
}
