import * as fc from 'fast-check';
import { hostileJson, hostileKeys, hostileTexts } from './hostile-texts.ts';
import type { JsonTree, Member } from './json-tree.ts';

/** A change of a tree at this place. Places are counted in pre-order, modulo the size of the tree; the root is 0. */
export interface Mutation {
  readonly kind: 'delete' | 'add' | 'replace' | 'twice' | 'rename' | 'wrap';
  readonly place: number;
  readonly key: string;
  readonly value: JsonTree;
}

/** Hostile values. */
const hostileTree: fc.Arbitrary<JsonTree> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...hostileJson).map((raw) => ({ raw })) },
  { weight: 6, arbitrary: fc.constantFrom(...hostileTexts).map((text) => ({ raw: JSON.stringify(text) })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      { deep: 20_000, open: '[', close: ']' },
      { deep: 20_000, open: '[', close: '' },
      { deep: 20_000, open: '{"a":', close: '}' },
      { deep: 31, open: '[', close: ']' },
      { deep: 33, open: '[', close: ']' },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { long: 2_000_000, of: 'a' },
      { long: 600_000, of: 'ä' },
      { long: 100_000, of: 'a' },
    ),
  },
);

/** Any mutation. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('delete', 'add', 'replace', 'replace', 'twice', 'rename', 'wrap'),
  place: fc.nat(30),
  key: fc.oneof(
    fc.constantFrom(...hostileKeys),
    fc.constantFrom(...hostileTexts).map((text) => JSON.stringify(text)),
  ),
  value: hostileTree,
});

/** Mutates a tree. */
export function mutate(tree: JsonTree, mutation: Mutation): JsonTree {
  const place = mutation.place % countOf(tree);
  return place === 0 ? atRoot(tree, mutation) : inside(tree, mutation, place);
}

/** The children of a tree. The items of an array have an empty key. */
function childrenOf(tree: JsonTree): readonly Member[] {
  if ('items' in tree) return tree.items.map((item) => ['', item]);
  return 'members' in tree ? tree.members : [];
}

function countOf(tree: JsonTree): number {
  return 1 + childrenOf(tree).reduce((count, [, child]) => count + countOf(child), 0);
}

function atRoot(tree: JsonTree, { kind, key, value }: Mutation): JsonTree {
  if (kind === 'wrap') return { items: [tree] };
  if (kind !== 'replace' && 'members' in tree) return { members: [...tree.members, [key, value]] };
  return value;
}

/** Mutates the child at the place, or descends into the child that contains the place. */
function inside(tree: JsonTree, mutation: Mutation, place: number): JsonTree {
  let before = 1;
  const children = childrenOf(tree).flatMap(([key, child]): Member[] => {
    const first = before;
    before += countOf(child);
    if (place < first || place >= before) return [[key, child]];
    if (place > first) return [[key, inside(child, mutation, place - first)]];
    if (mutation.kind === 'delete') return [];
    if (mutation.kind === 'rename') return [[mutation.key, child]];
    if (mutation.kind === 'twice')
      return [
        [key, child],
        [key, mutation.value],
      ];
    return [[key, atRoot(child, mutation)]];
  });
  return 'items' in tree ? { items: children.map(([, child]) => child) } : { members: children };
}
