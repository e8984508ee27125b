/** An element of markup, with its name, its unescaped attributes and its parent. */
interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly parent: Element | undefined;
}

const token =
  /<\/([\w-]+)>|<([\w-]+)((?: [\w:-]+="[^"<&]*(?:&[#\w]+;[^"<&]*)*")*)(\/?)>|((?:[^<&]|&(?:amp|lt|gt|quot|#39);)+)/y;

/** Parses well-formed markup. Throws at anything else. */
export function readMarkup(markup: string): { names: string[]; texts: string[]; elements: Element[] } {
  const elements: Element[] = [];
  const texts: string[] = [];
  const open: Element[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < markup.length) {
    const at = token.lastIndex;
    const found = token.exec(markup);
    if (found === null) throw new Error(`Not well-formed: ${markup.slice(at, at + 60)}`);
    const [, closed, name, attributes, empty, text] = found;
    if (closed !== undefined && open.pop()?.name !== closed) throw new Error(`${closed} was not open.`);
    if (name !== undefined) {
      const element = { name, attributes: readAttributes(attributes ?? ''), parent: open.at(-1) };
      elements.push(element);
      if (empty === '') open.push(element);
    }
    if (text !== undefined) texts.push(text);
  }
  if (open.length > 0) throw new Error(`${open.map(({ name }) => name).join(', ')} stayed open.`);
  return { names: elements.map(({ name }) => name), texts, elements };
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function readAttributes(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [
      key,
      value.replace(/&[#\w]+;/g, (entity) => entities[entity] ?? entity),
    ]),
  );
}
