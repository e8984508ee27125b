import { setImmediate } from 'node:timers/promises';
import { createSandboxListClient, createTransport, type ProtocolListener } from '../src/client/index.ts';
import { createSandbox, type Sandbox, transition } from '../src/index.ts';
import { median, table } from './support/measure.ts';

// Measures the CPU time of a list of sandboxes in a page, beside a list without a client: an array and a Map that are sorted again
// after each change, which predicts nothing and checks nothing.

const count = Number(process.env['BENCH_SANDBOXES'] ?? 10_000);
const events = 200;
const rounds = 7;

/** Returns the records as a server sends them: each time other objects. */
function recordsOf(): Sandbox[] {
  return Array.from({ length: count }, (_, index) => {
    const limits = { timeoutMs: null, idleTimeoutMs: 600_000 };
    const { sandbox } = createSandbox({
      id: `s${index}`,
      name: `n${index}`,
      ...limits,
      at: 1_000 + index * 10,
    });
    const { sandbox: running } = transition(sandbox, {
      type: 'boot.completed',
      operation: 1,
      at: 200_000 + index,
    });
    return JSON.parse(JSON.stringify(running)) as Sandbox;
  });
}

function cpuMs(run: () => void): number {
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

/** One list under test. */
interface Runner {
  load(records: readonly Sandbox[]): void;
  event(record: Sandbox): void;
  /** A change of the connection; nothing for a list without one. */
  connection(isLive: boolean): void;
}

/** A list client whose listener reads the view after each notification, as React does. */
async function openClient(): Promise<Runner & { close(): void }> {
  let listener!: ProtocolListener;
  const transport = createTransport({
    isVersioned: true,
    read: () => new Promise(() => {}),
    send: () => new Promise(() => {}),
    follow(_id, _after, given) {
      listener = given;
      return () => {};
    },
  });
  let observer!: Parameters<typeof transport.connect>[1];
  const spied = {
    ...transport,
    connect(...[context, given]: Parameters<typeof transport.connect>) {
      observer = given;
      return transport.connect(context, given);
    },
  };
  const list = createSandboxListClient({ transport: spied });
  let shown = 0;
  list.subscribe(() => {
    shown = list.getSnapshot().sandboxes.length;
  });
  await setImmediate();
  listener.onOpen();
  return {
    load: (sandboxes) => {
      observer.onUpdate({ sandboxes, isComplete: true }, Number.MAX_SAFE_INTEGER);
      if (shown !== count) throw new Error(`The list shows ${shown} of ${count} sandboxes.`);
    },
    event: (sandbox) => {
      const change = { sandbox, at: 1, from: 'running', event: 'rename', actor: null, cause: null };
      listener.onUpdate({ sandboxes: [], changes: [change] });
    },
    connection: (isLive) => observer.onConnection(isLive ? 'live' : 'stale', null),
    close: () => list.dispose(),
  };
}

/** The rival: what a page without a client would write. */
function openPlain(): Runner {
  const records = new Map<string, Sandbox>();
  let sorted: readonly Sandbox[] = [];
  const sort = () => {
    sorted = [...records.values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
    if (sorted.length === 0) throw new Error('The list is empty.');
  };
  return {
    load(sandboxes) {
      for (const sandbox of sandboxes) records.set(sandbox.id, sandbox);
      sort();
    },
    event(sandbox) {
      records.set(sandbox.id, sandbox);
      sort();
    },
    connection: sort,
  };
}

/** Measures one runner: loading, one event, one change of the connection; in ms. */
function measure(runner: Runner): readonly number[] {
  const records = recordsOf();
  const load = cpuMs(() => runner.load(records));
  const renamed = records.slice(0, events).map((record, index) => {
    const { sandbox } = transition(record, { type: 'rename', name: `m${index}`, at: 900_000 });
    return JSON.parse(JSON.stringify(sandbox)) as Sandbox;
  });
  const event = cpuMs(() => renamed.forEach(runner.event)) / events;
  const connection = cpuMs(() => {
    for (let time = 0; time < 4; time++) runner.connection(time % 2 === 1);
  });
  return [load, event, connection / 4];
}

const samples: { client: (readonly number[])[]; plain: (readonly number[])[] } = { client: [], plain: [] };
for (let round = -1; round < rounds; round++) {
  const client = await openClient();
  const measured = { client: measure(client), plain: measure(openPlain()) };
  client.close();
  if (round < 0) continue;
  samples.client.push(measured.client);
  samples.plain.push(measured.plain);
}
const medianOf = (which: keyof typeof samples, index: number) =>
  median(samples[which].map((sample) => sample[index] as number)).toFixed(2);
const names = ['load the complete list', 'one event', 'one change of the connection'];
console.log(
  table(
    [
      `${count.toLocaleString('en')} sandboxes, CPU time`,
      'the list client, ms',
      'sorted again each time, ms',
    ],
    names.map((name, index) => [name, medianOf('client', index), medianOf('plain', index)]),
  ),
);
process.exit();
