/**
 * Whether texts can be stored and looked up unchanged. A binding may cut a text at a NUL or replace a lone surrogate,
 * and then match another text. Stored texts contain neither.
 */
export function isText(...texts: readonly string[]): boolean {
  return texts.every((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text));
}

/** Throws an error with a sentence for a text that cannot be stored unchanged. */
export function mustBeText(...texts: readonly string[]): void {
  if (!isText(...texts))
    throw new Error(`${JSON.stringify(texts.find((text) => !isText(text)))} cannot be stored: ${why}`);
}

const why = 'an id, name, namespace, key, actor or cause must not contain a NUL or a lone surrogate.';

/** The metadata that a filter can find. Text that cannot be looked up unchanged is only in the configuration. */
export function searchable(metadata: Readonly<Record<string, string>>): [key: string, value: string][] {
  return Object.entries(metadata).filter((entry) => isText(...entry));
}
