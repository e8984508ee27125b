/** A transition that was taken: the paths of its states, and its event. */
export interface HighlightedTransition {
  readonly source: string;
  readonly target: string;
  readonly event: string;
}

/** Whether this arrow is the one of the transition. It may begin or end at a parent of the state. */
export function isHighlighted(
  source: string,
  target: string,
  highlighted: HighlightedTransition | undefined,
): boolean {
  return (
    highlighted !== undefined && isAround(source, highlighted.source) && isAround(target, highlighted.target)
  );
}

/** Whether the transition stays in this state. */
export function staysHighlighted(path: string, highlighted: HighlightedTransition | undefined): boolean {
  return (
    highlighted !== undefined &&
    highlighted.source === highlighted.target &&
    isAround(path, highlighted.source)
  );
}

const isAround = (path: string, inner: string) => inner === path || inner.startsWith(`${path}.`);
