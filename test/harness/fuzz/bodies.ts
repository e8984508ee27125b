import * as fc from 'fast-check';
import type { JsonSchema } from '../../../src/server/index.ts';
import { type JsonTree, type Resolve, treeOf, write } from './json-tree.ts';
import { type Mutation, mutate, mutation } from './mutations.ts';
import { fitting, type Hints } from './schema-trees.ts';
import { weighted } from './weighted.ts';

/** A body, and how it is sent. */
export interface BodyPlan {
  readonly tree: JsonTree;
  readonly mutations: readonly Mutation[];
  readonly bytes: 'as they are' | 'empty' | 'after a BOM' | 'as UTF-16' | 'no UTF-8' | 'cut off';
  readonly sent: 'whole' | 'in pieces' | 'and breaks off';
  /** The first is that of a piece, in bytes, and so on around. */
  readonly sizes: readonly number[];
  readonly contentType: string | null;
}

/** Names that can be had, some of which look like ids. */
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
  timeout_secs: fc.constantFrom(0, 1, 5, 60, 600, 86_400).map(treeOf),
};

const plain = { bytes: 'as they are', sent: 'whole', sizes: [], contentType: 'application/json' } as const;

/** Bodies that fit. */
export function goodBody(schema: JsonSchema): fc.Arbitrary<BodyPlan> {
  return fitting(schema, hints).map((tree) => ({ tree, mutations: [], ...plain }));
}

/** Bodies that did. */
export function hostileBody(schema: JsonSchema): fc.Arbitrary<BodyPlan> {
  return fc.record({
    tree: fitting(schema, hints),
    mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }),
    bytes: mostly<BodyPlan['bytes']>(
      'as they are',
      'empty',
      'after a BOM',
      'as UTF-16',
      'no UTF-8',
      'cut off',
    ),
    sent: mostly<BodyPlan['sent']>('whole', 'in pieces', 'and breaks off'),
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

/** The text of a body, before anything is done to its bytes. */
export function textOf({ tree, mutations }: BodyPlan, resolve: Resolve): string {
  return write(mutations.reduce(mutate, tree), resolve);
}

/** The bytes of a body. */
export function bytesOf(plan: BodyPlan, text: string): Buffer {
  const bytes = Buffer.from(text);
  switch (plan.bytes) {
    case 'as they are':
      return bytes;
    case 'empty':
      return Buffer.alloc(0);
    case 'after a BOM':
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    case 'as UTF-16':
      return Buffer.from(text, 'utf16le');
    case 'no UTF-8':
      return Buffer.concat([bytes.subarray(0, 3), Buffer.from([0xc0, 0xaf, 0xff]), bytes.subarray(3)]);
    case 'cut off':
      return bytes.subarray(0, Math.floor(bytes.length / 2));
  }
}

/** So many pieces are sent at the most: what is long comes in longer ones. */
const mostPieces = 15;

/** What is sent, in one or in pieces. */
export function sendable({ sent, sizes }: BodyPlan, bytes: Buffer): Buffer | ReadableStream<Uint8Array> {
  if (sent === 'whole') return bytes;
  let at = 0;
  let piece = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (sent === 'and breaks off' && at >= bytes.length / 2)
          return controller.error(new Error('hung up'));
        if (at >= bytes.length) return controller.close();
        const size = Math.max(sizes[piece++ % sizes.length] ?? 1, Math.ceil(bytes.length / mostPieces));
        controller.enqueue(bytes.subarray(at, at + size));
        at += size;
      },
    },
    { highWaterMark: 0 },
  );
}
