import type { PageQuery } from '../../store/queries.ts';
import { anyText, oneOf, type Parameters, wholeNumber } from './query-parameters.ts';

/** The parameters of a page of a list. */
interface PageParameters {
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly direction: 'forward' | 'backward';
}

/** Describes the parameters of a page of `items`, such as `sandboxes`. */
export function pageParameters(items: string): Parameters<PageParameters> {
  return {
    limit: wholeNumber({
      minimum: 1,
      maximum: 1000,
      fallback: 100,
      description: `The maximum number of ${items}. A page of more than 4 MiB ends early, with \`next_cursor\`.`,
    }),
    cursor: anyText({ description: 'The `next_cursor` or `prev_cursor` of another page.' }),
    direction: oneOf({
      words: ['forward', 'backward'],
      description: `\`forward\` reads the ${items} after the cursor, \`backward\` those before it.`,
    }),
  };
}

/** The page of a namespace that the parameters select. */
export function pageQuery(namespace: string, { limit, cursor, direction }: PageParameters): PageQuery {
  return { namespace, limit, direction, ...(cursor !== undefined && { cursor }) };
}
