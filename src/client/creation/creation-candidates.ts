import type { Sandbox } from '../../model/sandbox.ts';
import type { ListInternals } from '../replica/list-internals.ts';
import type { Creation } from './creation.ts';

/** The sandboxes of a list that creations have made or may have made. */
export interface CreationCandidates {
  /** The key of a row: the id of the creation that made its sandbox or may have made it, else the id of the sandbox. */
  keyOf(id: string): string;
  /** The ids of the creations, by the ids of the sandboxes that they have made. */
  readonly keys: Map<string, string>;
  /** Notes a sandbox of an update: one that appears while a creation waits for its reply can be the created one. */
  note(sandbox: Sandbox): void;
  /** Hides each entry whose sandbox may be in the list already, so that the list never shows a creation twice. */
  hideEntries(): void;
}

/** How much earlier than the estimated time of its request a sandbox may have been created, in ms. */
const clockToleranceMs = 5_000;

/** Creates the candidates of these creations. */
export function createCreationCandidates(
  { store, replicas }: ListInternals,
  pending: ReadonlyMap<string, Creation>,
): CreationCandidates {
  const keys = new Map<string, string>();
  /** The creations whose entries are hidden, by the sandbox that may be the created one. */
  const hidden = new Map<string, string>();
  return {
    keyOf: (id) => keys.get(id) ?? hidden.get(id) ?? id,
    keys,
    note({ id, name, createdAt }) {
      for (const { realId, sandbox, candidates, known } of pending.values()) {
        const isNew = known ? !known.has(id) : createdAt >= sandbox.createdAt - clockToleranceMs;
        if (realId === undefined && isNew && name === sandbox.name && !keys.has(id)) candidates.add(id);
      }
    },
    hideEntries() {
      const taken = new Set(keys.keys());
      hidden.clear();
      const isFree = (id: string) => !taken.has(id) && replicas.find(id) !== undefined;
      for (const creation of pending.values()) {
        const { realId, candidates } = creation;
        const candidate = realId === undefined ? [...candidates].find(isFree) : undefined;
        if (candidate === undefined) store.changed(creation);
        else {
          taken.add(candidate);
          hidden.set(candidate, creation.id);
          store.remove(creation);
        }
      }
    },
  };
}
