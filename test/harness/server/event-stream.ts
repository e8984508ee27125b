/** One block of a stream of events: an event, a comment or a retry. */
export interface Block {
  readonly event?: string;
  readonly id?: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests check the shape of the data.
  readonly data?: any;
  readonly comment?: string;
  readonly retry?: number;
}

/** Creates a reader of a stream of events, block by block at the pace of a test. */
export function eventReader(response: Response) {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error(`The response has no body: ${response.status}`);
  const decoder = new TextDecoder();
  const blocks: Block[] = [];
  let rest = '';

  /** Reads the next block, or undefined at the end. */
  async function next(): Promise<Block | undefined> {
    while (blocks.length === 0) {
      const { done, value } = await (reader as NonNullable<typeof reader>).read();
      if (done) return undefined;
      rest += decoder.decode(value, { stream: true });
      const texts = rest.split('\n\n');
      rest = texts.pop() ?? '';
      blocks.push(...texts.map(toBlock));
    }
    return blocks.shift();
  }

  return {
    next,
    /** Reads this many blocks. */
    async take(count: number): Promise<(Block | undefined)[]> {
      const taken: (Block | undefined)[] = [];
      while (taken.length < count) taken.push(await next());
      return taken;
    },
    /** Reads all blocks to the end. */
    async rest(): Promise<Block[]> {
      const taken: Block[] = [];
      for (let block = await next(); block !== undefined; block = await next()) taken.push(block);
      return taken;
    },
    cancel: () => reader.cancel(),
  };
}

function toBlock(text: string): Block {
  const fields = text.split('\n').map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? [line, '']);
  return Object.fromEntries(
    fields.map(([name = '', value = '']) => {
      if (name === '') return ['comment', value];
      if (name === 'data') return ['data', JSON.parse(value)];
      return [name, name === 'event' ? value : Number(value)];
    }),
  );
}
