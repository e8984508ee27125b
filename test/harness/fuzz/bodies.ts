import * as fc from 'fast-check';
import type { JsonSchema } from '../../../src/server/index.ts';
import { type JsonTree, type Resolve, treeOf, write } from './json-tree.ts';
import { type Mutation, mutate, mutation } from './mutations.ts';
import { type Hints, validTree } from './schema-trees.ts';
import { weighted } from './weighted.ts';
import { orphanIds } from './world.ts';

/** A body, and how the client sends it. */
export interface BodyPlan {
  readonly tree: JsonTree;
  readonly mutations: readonly Mutation[];
  readonly bytes: 'unchanged' | 'empty' | 'after a BOM' | 'as UTF-16' | 'invalid UTF-8' | 'truncated';
  readonly sent: 'whole' | 'in pieces' | 'aborted';
  /** The sizes of the pieces in bytes, repeated in this order. */
  readonly sizes: readonly number[];
  readonly contentType: string | null;
}

/** Valid names, some of which look like ids. */
export const goodNames = [
  'ada',
  'grace',
  'events',
  'a',
  'abcdefghijklmnopqrstu',
  'snapshots',
  'x'.repeat(63),
];

const known = (what: 'sandbox' | 'name' | 'snapshot' | 'foreign') =>
  fc.nat(20).map((index): JsonTree => ({ text: { known: what, index } }));

const hints: Hints = {
  name: weighted([6, fc.constantFrom(...goodNames).map(treeOf)], [1, known('name')], [1, known('sandbox')]),
  snapshot_id: weighted([8, known('snapshot')], [1, known('sandbox')], [1, known('foreign')]),
  sandbox_ids: fc
    .array(
      weighted(
        [8, fc.constantFrom(...orphanIds).map(treeOf)],
        [1, known('sandbox')],
        [1, fc.constant(treeOf('none'))],
      ),
      { minLength: 1, maxLength: 2 },
    )
    .map((items): JsonTree => ({ items })),
  namespace: fc.constantFrom('default', 'team').map(treeOf),
  timeout_secs: fc.constantFrom(0, 1, 5, 60, 600, 86_400).map(treeOf),
  idle_timeout_secs: fc.constantFrom(1, 5, 60, 600, 86_400).map(treeOf),
  suspended_timeout_secs: fc.constantFrom(1, 5, 60, 600, 86_400).map(treeOf),
};

const plain = { bytes: 'unchanged', sent: 'whole', sizes: [], contentType: 'application/json' } as const;

/** Bodies that satisfy the schema. */
export function goodBody(schema: JsonSchema): fc.Arbitrary<BodyPlan> {
  return validTree(schema, hints).map((tree) => ({ tree, mutations: [], ...plain }));
}

/** Bodies that satisfied the schema before their mutations, if any, and that may be sent in an odd way. */
export function hostileBody(schema: JsonSchema): fc.Arbitrary<BodyPlan> {
  return fc.record({
    tree: validTree(schema, hints),
    mutations: fc.array(mutation, { maxLength: 3 }),
    bytes: mostly<BodyPlan['bytes']>(
      'unchanged',
      'empty',
      'after a BOM',
      'as UTF-16',
      'invalid UTF-8',
      'truncated',
    ),
    sent: mostly<BodyPlan['sent']>('whole', 'in pieces', 'aborted'),
    sizes: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 3 }),
    contentType: mostly(
      'application/json',
      null,
      'text/plain',
      'multipart/form-data',
      'constructor',
      'a/b; charset=utf-16',
    ),
  });
}

function mostly<Value>(first: Value, ...others: readonly Value[]): fc.Arbitrary<Value> {
  return weighted([4, fc.constant(first)], [1, fc.constantFrom(...others)]);
}

/** The text of a body, before any change of its bytes. */
export function textOf({ tree, mutations }: BodyPlan, resolve: Resolve): string {
  return write(mutations.reduce(mutate, tree), resolve);
}

/** The bytes of a body. */
export function bytesOf(plan: BodyPlan, text: string): Buffer {
  const bytes = Buffer.from(text);
  switch (plan.bytes) {
    case 'unchanged':
      return bytes;
    case 'empty':
      return Buffer.alloc(0);
    case 'after a BOM':
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 'as UTF-16':
      return Buffer.from(text, 'utf16le');
    case 'invalid UTF-8':
      return Buffer.concat([bytes.subarray(0, 3), Buffer.from([0xc0, 0xaf, 0xff]), bytes.subarray(3)]);
    case 'truncated':
      return bytes.subarray(0, Math.floor(bytes.length / 2));
  }
}

/** The most pieces of one body. A long body has longer pieces. */
const mostPieces = 15;

/** The body of a request: whole, in pieces, or aborted after half of its bytes. */
export function sendable({ sent, sizes }: BodyPlan, bytes: Buffer): Buffer | ReadableStream<Uint8Array> {
  if (sent === 'whole') return bytes;
  let at = 0;
  let piece = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent === 'aborted' && at >= bytes.length / 2)
          return controller.error(new Error('The client disconnected.'));
        if (at >= bytes.length) return controller.close();
        const size = Math.max(sizes[piece++ % sizes.length] ?? 1, Math.ceil(bytes.length / mostPieces));
        controller.enqueue(bytes.subarray(at, at + size));
        at += size;
      },
    },
    { highWaterMark: 0 },
  );
}
