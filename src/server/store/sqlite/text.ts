/**
 * Whether texts can be kept, and looked for, as what they are. A binding may cut a text at a NUL, and put something else
 * in the place of half a character (a lone surrogate), and so find what was not asked for. Nothing that is kept has one.
 */
export function isText(...texts: readonly string[]): boolean {
  return texts.every((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text));
}

/** Throws a sentence for a text that cannot be kept as what it is. */
export function mustBeText(...texts: readonly string[]): void {
  if (!isText(...texts))
    throw new Error(`${JSON.stringify(texts.find((text) => !isText(text)))} cannot be kept: ${why}`);
}

const why = 'a NUL or half a character can be part of no id, name, namespace, key, actor or cause.';
