/** Something that is known only when the request is made: the one of this number among those there are. */
export interface Known {
  readonly known: 'sandbox' | 'name' | 'snapshot' | 'cursor' | 'version' | 'sequence' | 'foreign';
  readonly index: number;
}

/** A text, or what stands for one until then. */
export type Text = string | Known;

/** Reads what is known by then. */
export type Resolve = (known: Known) => string;

/**
 * JSON as it is written, and so also what no value could be written as: a key twice, a number too large, what is no
 * JSON at all. What is long or deep is only described, so that a counterexample can be read.
 */
export type JsonTree =
  | { readonly raw: string }
  | { readonly text: Known }
  | { readonly long: number; readonly of: string }
  | { readonly deep: number; readonly open: string; readonly close: string }
  | { readonly items: readonly JsonTree[] }
  | { readonly members: readonly Member[] };

/** A key as it is written, with its quotes, and its value. */
export type Member = readonly [key: string, value: JsonTree];

/** The tree of a value. */
export function treeOf(value: unknown): JsonTree {
  if (Array.isArray(value)) return { items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return { raw: JSON.stringify(value) };
  return { members: Object.entries(value).map(([key, inside]) => [JSON.stringify(key), treeOf(inside)]) };
}

/** Writes a tree. */
export function write(tree: JsonTree, resolve: Resolve): string {
  if ('raw' in tree) return tree.raw;
  if ('text' in tree) return JSON.stringify(resolve(tree.text));
  if ('long' in tree) return `"${tree.of.repeat(tree.long / tree.of.length)}"`;
  if ('deep' in tree) return tree.open.repeat(tree.deep) + tree.close.repeat(tree.deep);
  if ('items' in tree) return `[${tree.items.map((item) => write(item, resolve)).join(',')}]`;
  return `{${tree.members.map(([key, value]) => `${key}:${write(value, resolve)}`).join(',')}}`;
}
