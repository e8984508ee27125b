import * as fc from 'fast-check';
import type { JsonSchema } from '../../../src/server/index.ts';
import { type JsonTree, type Member, treeOf } from './json-tree.ts';
import { schemas } from './operations.ts';

/**
 * Values that satisfy a schema of the document. `hints` gives values by key, so that most of them also satisfy rules that
 * a schema does not express, such as the rules for names.
 */
export function validTree(schema: JsonSchema, hints: Hints = {}): fc.Arbitrary<JsonTree> {
  const { $ref, anyOf, oneOf, type, enum: words, const: only, items, properties } = schema;
  if (typeof $ref === 'string') return validTree(schemas[$ref.split('/').at(-1) ?? ''] ?? {}, hints);
  if (only !== undefined) return fc.constant(treeOf(only));
  if (Array.isArray(words)) return fc.constantFrom(...words.map(treeOf));
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return either(options.map((option) => validTree(option, hints)));
  if (Array.isArray(type)) return either(type.map((one) => validTree({ ...schema, type: one }, hints)));
  switch (type) {
    case 'null':
      return fc.constant({ raw: 'null' });
    case 'boolean':
      return fc.boolean().map(treeOf);
    case 'integer':
      return integer(schema).map(treeOf);
    case 'number':
      return number(schema).map(treeOf);
    case 'string':
      return text(schema).map(treeOf);
    case 'array':
      return fc
        .array(validTree((items ?? {}) as JsonSchema, hints), { maxLength: 3 })
        .map((drawn) => ({ items: drawn }));
    case 'object':
      if (properties === undefined && typeof schema['additionalProperties'] === 'object')
        return dictionary(schema, hints);
      return object(properties as Properties, (schema['required'] ?? []) as readonly string[], hints);
    default:
      return fc.jsonValue({ maxDepth: 2 }).map(treeOf);
  }
}

/** The usual values of a key. */
export interface Hints {
  readonly [key: string]: fc.Arbitrary<JsonTree>;
}

type Properties = { readonly [key: string]: JsonSchema } | undefined;

/** One of several options. The last is rare, because it is null where null is allowed. */
function either(options: readonly fc.Arbitrary<JsonTree>[]): fc.Arbitrary<JsonTree> {
  return fc.oneof(
    ...options.map((arbitrary, index) => ({ arbitrary, weight: index === options.length - 1 ? 1 : 4 })),
  );
}

function object(
  properties: Properties = {},
  required: readonly string[],
  hints: Hints,
): fc.Arbitrary<JsonTree> {
  const members = Object.entries(properties).map(([key, schema]) => {
    const hint = hints[key];
    const fits = validTree(schema, hints);
    const value = hint ? fc.oneof({ weight: 9, arbitrary: hint }, { weight: 1, arbitrary: fits }) : fits;
    const member = value.map((tree): Member[] => [[JSON.stringify(key), tree]]);
    if (required.includes(key)) return member;
    // Most bodies have few fields. Otherwise hardly any body would satisfy every rule.
    return fc.oneof(
      { weight: key === 'name' ? 1 : 5, arbitrary: fc.constant<Member[]>([]) },
      { weight: 1, arbitrary: member },
    );
  });
  return fc.tuple(...members).map((drawn) => ({ members: drawn.flat() }));
}

/** An object with any keys of a pattern, whose values all have one schema. */
function dictionary(
  { propertyNames, additionalProperties }: JsonSchema,
  hints: Hints,
): fc.Arbitrary<JsonTree> {
  const key = text((propertyNames ?? {}) as JsonSchema);
  const value = validTree(additionalProperties as JsonSchema, hints);
  return fc
    .uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 3 })
    .map((drawn) => ({ members: drawn.map(([name, tree]): Member => [JSON.stringify(name), tree]) }));
}

function integer({ minimum, exclusiveMinimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const least = Number(minimum ?? Number(exclusiveMinimum ?? -1) + 1);
  const most = Number(maximum ?? Number.MAX_SAFE_INTEGER);
  return fc.oneof(
    fc.constantFrom(least, most),
    fc.integer({ min: least, max: Math.min(most, least + 100) }),
    fc.integer({ min: least, max: most }),
  );
}

function number({ minimum, exclusiveMinimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  return fc.double({
    min: Number(minimum ?? exclusiveMinimum ?? 0),
    minExcluded: minimum === undefined,
    max: Number(maximum ?? Number.MAX_VALUE),
    noNaN: true,
  });
}

function text({ pattern, minLength }: JsonSchema): fc.Arbitrary<string> {
  if (typeof pattern === 'string') return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength: Number(minLength ?? 0), maxLength: 20 });
}
