import { printable } from '../../../utils/printable.ts';
import { RuleError } from '../../errors.ts';
import type { Parameter } from './query-parameters.ts';

/** The most pairs of one filter. */
const mostPairs = 16;

/** Pairs `KEY:VALUE`, each as a parameter of its own. A sandbox must have all of them. */
export function metadataFilter(): Parameter<Readonly<Record<string, string>>> {
  return {
    schema: { type: 'array', items: { type: 'string', pattern: '^[^:]+:' }, maxItems: mostPairs },
    required: false,
    description:
      'Only sandboxes with this metadata, as `KEY:VALUE`. Repeat it for several pairs, all of which must match.',
    read(_, name, texts) {
      if (texts.length > mostPairs) {
        throw new RuleError(`${name} is repeated ${texts.length} times; use it at most ${mostPairs} times.`);
      }
      const pairs = new Map<string, string>();
      for (const text of texts) {
        const colon = text.indexOf(':');
        if (colon < 1) throw new RuleError(`${name} is ${printable(text)}; use KEY:VALUE.`);
        const key = text.slice(0, colon);
        const value = text.slice(colon + 1);
        if (pairs.has(key) && pairs.get(key) !== value) {
          throw new RuleError(`${name} has two values for the key ${printable(key)}; use one.`);
        }
        pairs.set(key, value);
      }
      return Object.fromEntries(pairs);
    },
  };
}
