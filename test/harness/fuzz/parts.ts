import * as fc from 'fast-check';
import type { OpenApiParameter } from '../../../src/server/index.ts';
import { goodNames } from './bodies.ts';
import { hostilePaths, hostileTexts } from './hostile-texts.ts';
import type { Known, Text } from './json-tree.ts';
import type { Target } from './operations.ts';
import { validTree } from './schema-trees.ts';
import { weighted } from './weighted.ts';

/** A path segment, query parameter or header. `isRaw`: its text goes into the URL without encoding. */
export interface Part {
  readonly name: string;
  readonly text: Text;
  readonly isRaw: boolean;
}

const known = (...what: readonly Known['known'][]): fc.Arbitrary<Text> =>
  fc.record({ known: fc.constantFrom(...what), index: fc.nat(20) });
const fits = (parameter: OpenApiParameter): fc.Arbitrary<Text> =>
  validTree(parameter.schema).map((tree) => {
    const value: unknown = JSON.parse('raw' in tree ? tree.raw : 'null');
    return typeof value === 'string' ? value : JSON.stringify(value);
  });

/** The name of the host of every world. */
export const hostName = 'host-1';

/** Valid values of a parameter. */
function validText(parameter: OpenApiParameter, target: Target): fc.Arbitrary<Text> {
  switch (parameter.name) {
    case 'id':
      if (target.path.startsWith('/hosts/')) return weighted([3, fc.constant(hostName)], [1, known('name')]);
      return target.path.includes('snapshots')
        ? weighted([5, known('snapshot')], [1, known('sandbox')])
        : weighted([7, known('sandbox')], [4, known('name')], [1, fc.constantFrom(...goodNames)]);
    case 'namespace':
      return weighted([20, fc.constant('default')], [4, fc.constant('team')], [1, fits(parameter)]);
    case 'path':
      return fc.constantFrom('', 'a', 'a/b?c=d');
    case 'cursor':
      return known('cursor');
    case 'If-Match':
      return weighted(
        [6, known('version')],
        [1, fc.constantFrom('"1"', '"a-2"', '"a-3", "b-4", "5"', '*', 'W/"a-1"')],
      );
    case 'Idempotency-Key':
      return fc.constantFrom('first', 'second', 'third', ' !~');
    case 'Last-Event-ID':
    case 'last_event_id':
      return known('sequence');
    case 'timeout':
      return fc.constantFrom('0', '1', '5.5', '60');
    case 'status':
      return weighted(
        [2, fc.constantFrom('running', 'suspended', 'terminated', 'running,suspended,,')],
        [1, fits(parameter)],
      );
    case 'X-Request-Id':
      return fc.constantFrom('request-1', 'A.b_c-9');
    default:
      return fits(parameter);
  }
}

const hostileText = weighted<Text>(
  [6, fc.constantFrom(...hostileTexts)],
  [1, known('sandbox', 'name', 'snapshot', 'cursor', 'version', 'sequence')],
  [2, fc.string({ unit: 'binary', maxLength: 20 })],
);
const hostilePath = weighted<readonly [Text, boolean]>(
  [4, hostileText.map((text) => [text, false])],
  [2, fc.constantFrom(...hostilePaths).map((text) => [text, true])],
  [2, known('foreign').map((text) => [text, false])],
);
/** Cursors with a valid encoding and hostile content. */
const hostileCursor = fc
  .constantFrom(
    '[1e400,"a"]',
    '[1,"\\u0000"]',
    '[-0,"\\ud800"]',
    '[1]',
    '{"0":1}',
    '"ab"',
    'null',
    '[9e15,"~"]',
  )
  .map((text) => Buffer.from(text).toString('base64url'));

/** The parameters that a request has in one place, drawn from those of its operation. */
export function partsOf(
  target: Target,
  place: OpenApiParameter['in'],
  isHostile: boolean,
): fc.Arbitrary<Part[]> {
  const parts = target.operation.parameters
    .filter((parameter) => parameter.in === place)
    .map((parameter): fc.Arbitrary<Part[]> => {
      const { name, required } = parameter;
      const valid = validText(parameter, target).map((text): Part[] => [{ name, text, isRaw: false }]);
      const hostile = hostilePart(name, place).map((part) => [part]);
      const none = fc.constant<Part[]>([]);
      // Optional parameters are mostly omitted, because each is one more reason for a rejection.
      const omitted = { weight: place === 'path' ? 0 : required ? 1 : 8, arbitrary: none };
      if (!isHostile) return fc.oneof({ weight: required ? 20 : 3, arbitrary: valid }, omitted);
      return fc.oneof(
        { weight: place === 'path' ? 5 : 3, arbitrary: valid },
        { weight: 2, arbitrary: hostile },
        { ...omitted, weight: omitted.weight && 3 },
      );
    });
  return fc.tuple(...parts).map((drawn) => drawn.flat());
}

function hostilePart(name: string, place: OpenApiParameter['in']): fc.Arbitrary<Part> {
  if (place === 'path') return hostilePath.map(([text, isRaw]) => ({ name, text, isRaw }));
  const text = name === 'cursor' ? weighted([1, hostileText], [1, hostileCursor]) : hostileText;
  return fc.record({ name: fc.constant(name), text, isRaw: fc.boolean() });
}

/** Headers that the document does not have. */
export const oddHeader: fc.Arbitrary<Part> = weighted<readonly [string, string]>(
  [4, fc.constantFrom(['Origin', 'https://evil.example'], ['Origin', 'null'])],
  [
    6,
    fc.constantFrom(
      ['Authorization', 'Bearer unknown'],
      ['Authorization', 'Bearer '],
      ['Authorization', 'Basic Og=='],
    ),
  ],
  [3, fc.constantFrom(['Content-Length', '3'], ['Content-Length', '99999999'], ['Content-Length', 'NaN'])],
  [
    5,
    fc.constantFrom(
      ['Accept', 'constructor'],
      ['Content-Encoding', 'gzip'],
      ['Expect', '100-continue'],
      ['X-Http-Method-Override', 'DELETE'],
      ['__proto__', 'polluted'],
      ['X-Request-Id', '../../a b'],
    ),
  ],
).map(([name, text]) => ({ name, text, isRaw: false }));

/** Query parameters that no operation has, or that appear a second time. */
export const oddQuery: fc.Arbitrary<Part> = fc.record({
  name: fc.constantFrom('__proto__', 'constructor', 'limit', 'status', 'a[b]', ''),
  text: hostileText,
  isRaw: fc.boolean(),
});
