/** A transition as it was taken: from one state to another, each by its path, and by which event. */
export interface HighlightedTransition {
  readonly source: string;
  readonly target: string;
  readonly event: string;
}

/** Whether the arrow between two states of the chart was taken: it may begin or end at the state around. */
export function isHighlighted(
  source: string,
  target: string,
  highlighted: HighlightedTransition | undefined,
): boolean {
  return (
    highlighted !== undefined && isAround(source, highlighted.source) && isAround(target, highlighted.target)
  );
}

/** Whether a transition was taken that does not leave this state. */
export function staysHighlighted(path: string, highlighted: HighlightedTransition | undefined): boolean {
  return (
    highlighted !== undefined &&
    highlighted.source === highlighted.target &&
    isAround(path, highlighted.source)
  );
}

const isAround = (path: string, inner: string) => inner === path || inner.startsWith(`${path}.`);
