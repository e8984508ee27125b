import { html } from 'hono/html';
import type { JsonSchema } from '../request/query-parameters.ts';

/** Escaped HTML. A promise only for a template that contains promises; these templates do not. */
export type Html = ReturnType<typeof html>;

/** A sentence, with text in backquotes as code. */
export function prose(text: string): Html[] {
  return text
    .split('`')
    .map((piece, index) => (index % 2 === 0 ? html`${piece}` : html`<code>${piece}</code>`));
}

/** The values of a schema, in a few words. For a named schema, a link to it. */
export function typeView(schema: JsonSchema): Html {
  const { $ref, type, enum: values, const: only, anyOf, oneOf, items } = schema;
  if (typeof $ref === 'string') {
    const name = $ref.split('/').at(-1) ?? '';
    return html`<a href="#${name}">${name}</a>`;
  }
  if (only !== undefined) return html`<code>${JSON.stringify(only)}</code>`;
  if (Array.isArray(values))
    return joined(values.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  const options = anyOf ?? oneOf;
  if (Array.isArray(options)) return joined(options.map((option) => typeView(option as JsonSchema)));
  if (type === 'array') return html`array of ${typeView((items ?? {}) as JsonSchema)}`;
  if (type === 'object' && schema['properties']) return html`object ${fieldsView(schema)}`;
  const types = Array.isArray(type) ? type.join(' or ') : String(type ?? 'anything');
  return html`${types}${boundsOf(schema)}`;
}

/** The fields of an object, each with its type and its description. */
export function fieldsView({ properties = {}, required = [] }: JsonSchema): Html {
  const fields = Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) => {
    const isOptional = !(required as readonly string[]).includes(name);
    const { description, default: fallback } = schema;
    return html`<li><code>${name}</code>${isOptional ? html` <i>optional</i>` : ''}: ${typeView(schema)}${
      fallback === undefined ? '' : html`, default <code>${JSON.stringify(fallback)}</code>`
    }${typeof description === 'string' ? html`. ${prose(description)}` : ''}</li>`;
  });
  return html`<ul>${fields}</ul>`;
}

function joined(parts: readonly Html[]): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html` or ${part}`))}`;
}

function boundsOf({ minimum, maximum, pattern }: JsonSchema): string | Html {
  if (typeof pattern === 'string') return html` matching <code>${pattern}</code>`;
  // The limits of exact integers do not help a reader.
  const isNumber = (bound: unknown): bound is number =>
    typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const from = isNumber(minimum) ? ` from ${minimum}` : '';
  const to = isNumber(maximum) ? ` to ${maximum}` : '';
  return from + to;
}
