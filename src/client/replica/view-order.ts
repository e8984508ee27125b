import type { SandboxView } from './view.ts';

/** A source of one view: a sandbox of a list, or one that the server has not confirmed. */
export interface ViewSource {
  getSnapshot(): SandboxView;
}

/** The views of many sandboxes, newest first, kept in order change by change. */
export interface ViewOrder {
  /** Notes that a source is new or that its view may have changed. */
  changed(source: ViewSource): void;
  /** Removes a source. */
  remove(source: ViewSource): void;
  /** The views of all sources whose sandbox is known. The identical array until one of them changes. */
  views(): readonly SandboxView[];
}

/** The view of a source at the last computation. */
interface Row {
  view: SandboxView;
}

/** Creates an empty order. The cost of a computation grows with the number of changed views: nothing is sorted again. */
export function createViewOrder(): ViewOrder {
  const rows = new Map<ViewSource, Row>();
  const changed = new Set<ViewSource>();
  const removed = new Set<ViewSource>();
  let ordered: readonly Row[] = [];
  let views: readonly SandboxView[] = Object.freeze([]);

  /** Updates the rows of the changed sources. Returns whether a view has changed, and which rows leave and take a place. */
  function updateRows() {
    const left = new Set<Row | undefined>();
    const added: Row[] = [];
    let isChanged = false;
    for (const source of changed) {
      const row = rows.get(source);
      const view = source.getSnapshot();
      if (row?.view === view) continue;
      isChanged = true;
      if (view.sandbox && row && compare(row.view, view) === 0) row.view = view;
      else {
        left.add(row);
        rows.delete(source);
        if (view.sandbox) added.push(addRow(source, view));
      }
    }
    for (const source of removed) {
      left.add(rows.get(source));
      rows.delete(source);
    }
    left.delete(undefined);
    changed.clear();
    removed.clear();
    return { left, added, isChanged: isChanged || left.size > 0 };
  }

  function addRow(source: ViewSource, view: SandboxView): Row {
    const row = { view };
    rows.set(source, row);
    return row;
  }

  return {
    changed(source) {
      changed.add(source);
      removed.delete(source);
    },
    remove(source) {
      removed.add(source);
      changed.delete(source);
    },
    views() {
      if (changed.size + removed.size === 0) return views;
      const { left, added, isChanged } = updateRows();
      if (!isChanged) return views;
      if (left.size > 0) ordered = ordered.filter((row) => !left.has(row));
      if (added.length > 0) ordered = merge(ordered, added);
      views = Object.freeze(ordered.map(({ view }) => view));
      return views;
    },
  };
}

/** Merges new rows into ordered ones. Finds each place by bisection. */
function merge(rows: readonly Row[], added: Row[]): Row[] {
  const merged: Row[] = [];
  let from = 0;
  for (const row of added.sort((a, b) => compare(a.view, b.view))) {
    let low = from;
    for (let high = rows.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (compare((rows[middle] as Row).view, row.view) < 0) low = middle + 1;
      else high = middle;
    }
    while (from < low) merged.push(rows[from++] as Row);
    merged.push(row);
  }
  while (from < rows.length) merged.push(rows[from++] as Row);
  return merged;
}

/** Newest first, then by id. */
function compare(a: SandboxView, b: SandboxView): number {
  const createdAt = ({ sandbox }: SandboxView) => sandbox?.createdAt ?? 0;
  return createdAt(b) - createdAt(a) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
