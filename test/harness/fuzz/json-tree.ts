/** A placeholder for a value that exists only when the request is sent, chosen by index. */
export interface Known {
  readonly known: 'sandbox' | 'name' | 'snapshot' | 'cursor' | 'version' | 'sequence' | 'foreign';
  readonly index: number;
}

/** A text or a placeholder. */
export type Text = string | Known;

/** Returns the value of a placeholder. */
export type Resolve = (known: Known) => string;

/**
 * JSON text as a tree. It can also express text that no value has: duplicate keys, numbers that are too large, and
 * invalid JSON. Long and deep parts are only described, so that counterexamples stay readable.
 */
export type JsonTree =
  | { readonly raw: string }
  | { readonly text: Known }
  | { readonly long: number; readonly of: string }
  | { readonly deep: number; readonly open: string; readonly close: string }
  | { readonly items: readonly JsonTree[] }
  | { readonly members: readonly Member[] };

/** A key as JSON text, with its quotes, and its value. */
export type Member = readonly [key: string, value: JsonTree];

/** The tree of a value. */
export function treeOf(value: unknown): JsonTree {
  if (Array.isArray(value)) return { items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return { raw: JSON.stringify(value) };
  return { members: Object.entries(value).map(([key, inside]) => [JSON.stringify(key), treeOf(inside)]) };
}

/** The text of a tree. */
export function write(tree: JsonTree, resolve: Resolve): string {
  if ('raw' in tree) return tree.raw;
  if ('text' in tree) return JSON.stringify(resolve(tree.text));
  if ('long' in tree) return `"${tree.of.repeat(tree.long / tree.of.length)}"`;
  if ('deep' in tree) return tree.open.repeat(tree.deep) + tree.close.repeat(tree.deep);
  if ('items' in tree) return `[${tree.items.map((item) => write(item, resolve)).join(',')}]`;
  return `{${tree.members.map(([key, value]) => `${key}:${write(value, resolve)}`).join(',')}}`;
}
