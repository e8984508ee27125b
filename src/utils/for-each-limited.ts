/** Runs `act` for each item, at most `most` at a time. Rejects with the first error of `act`. */
export async function forEachLimited<Item>(
  items: readonly Item[],
  most: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const lanes = Array.from({ length: Math.min(most, items.length) }, async () => {
    for (const item of rest) await act(item);
  });
  await Promise.all(lanes);
}
