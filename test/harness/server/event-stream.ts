/** One block of a stream of events: an event, a comment or a retry. */
export interface Block {
  readonly event?: string;
  /** The sequence in the id of the event. */
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
  const times: number[] = [];
  let rest = '';

  /** Reads the next block, or undefined at the end. */
  async function next(): Promise<Block | undefined> {
    while (blocks.length === 0) {
      const { done, value } = await (reader as NonNullable<typeof reader>).read();
      if (done) return undefined;
      rest += decoder.decode(value, { stream: true });
      const texts = rest.split('\n\n');
      rest = texts.pop() ?? '';
      for (const text of texts) {
        const lines = text.split('\n');
        const time = /^: time (\d+)$/.exec(lines[0] ?? '')?.[1];
        if (time !== undefined) times.push(Number(time));
        blocks.push(toBlock(time === undefined ? lines : lines.slice(1)));
      }
    }
    return blocks.shift();
  }

  return {
    /** The server's clock in each frame that was read, in epoch ms. A frame has one block or more. */
    times,
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

function toBlock(lines: readonly string[]): Block {
  const fields = lines.map((line) => /^(\w*): ?(.*)$/.exec(line)?.slice(1) ?? [line, '']);
  return Object.fromEntries(
    fields.map(([name = '', value = '']) => {
      if (name === '') return ['comment', value];
      if (name === 'data') return ['data', JSON.parse(value)];
      return [name, name === 'event' ? value : Number.parseInt(value, 10)];
    }),
  );
}
