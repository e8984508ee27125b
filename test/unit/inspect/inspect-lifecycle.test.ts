import { createBrowserReceiver } from '@statelyai/inspect';
import { describe, expect, it, vi } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { createSandbox, type Sandbox, type SandboxEvent, transition } from '../../../src/index.ts';
import {
  type InspectOptions,
  type InspectorMessage,
  type InspectorTransport,
  inspectLifecycle,
  isInspectorMessage,
  type ObservedState,
} from '../../../src/inspect/index.ts';
import { sandboxMachine, toSnapshot } from '../../../src/machine/index.ts';
import { records } from '../../harness/machine/records.ts';

/** Creates an inspector with a transport that keeps its messages as text, as they were at that time. */
function inspect(options: Omit<InspectOptions, 'transport'> = {}) {
  const sent: string[] = [];
  const transport: InspectorTransport = {
    start: () => undefined,
    send: (message) => sent.push(JSON.stringify(message)),
    stop: () => undefined,
  };
  const inspector = inspectLifecycle({ ...options, transport });
  const messages = () => sent.map((text) => JSON.parse(text) as InspectorMessage);
  return { inspector, sent, messages };
}

/** Writes a message as one line. */
function line(message: InspectorMessage): string {
  const { type, sessionId } = message;
  const actor = sessionId.replace(/^x:\d+$/, 'x');
  if (type === '@xstate.actor') return `${actor} actor ${JSON.stringify(message.snapshot.value)}`;
  if (type === '@xstate.event') return `${actor} event ${message.event.type}`;
  if (type === '@xstate.snapshot')
    return `${actor} snapshot ${message.event.type} ${JSON.stringify(message.snapshot.value)}`;
  const reason = 'reason' in message ? ` ${message.reason.code}` : '';
  return `${actor} ${type.slice(19)} ${message.event}${reason}`;
}

/** Creates a window for the official receiver. */
function receive() {
  const listeners: ((event: { data: unknown }) => void)[] = [];
  const window = {
    addEventListener: (_: string, listener: (typeof listeners)[0]) => listeners.push(listener),
  };
  const receiver = createBrowserReceiver({ window: { ...window, opener: null } as never });
  const received: unknown[] = [];
  receiver.subscribe((event) => received.push(event));
  return { post: (data: unknown) => listeners.map((listener) => listener({ data })), received };
}

const input = { id: 'a1', name: 'ada', timeoutMs: 60_000, at: 1 };

it('warns once about the machine of another copy of the package, and not about other machines', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const { inspector, sent } = inspect();
  const { config, implementations } = sandboxMachine;
  const copy = createMachine({ ...config } as never, implementations as never);
  const other = createMachine({ id: 'sandbox', initial: 'open', states: { open: {} } });
  createActor(other, { inspect: inspector.inspect }).start();
  expect(warn).not.toHaveBeenCalled();
  for (const machine of [copy, copy]) createActor(machine, { input, inspect: inspector.inspect }).start();
  expect(sent).toEqual([]);
  expect(warn.mock.calls).toEqual([[expect.stringContaining('another copy of sandbox-lifecycle')]]);
});

describe('an actor', () => {
  const run = (...events: SandboxEvent[]) => {
    const { inspector, messages, sent } = inspect();
    const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
    for (const event of events) actor.send(event);
    return { lines: messages().map(line), messages: messages(), sent };
  };
  const booted = { type: 'boot.completed', operation: 1, at: 2 } as const;

  it('reports every event and every state, in order', () => {
    expect(run(booted, { type: 'suspend', at: 3 }).lines).toEqual([
      'x actor "pending"',
      'x event xstate.init',
      'x snapshot xstate.init "pending"',
      'x event boot.completed',
      'x snapshot boot.completed "running"',
      'x event suspend',
      'x snapshot suspend "suspending"',
    ]);
  });

  it('reports why an event changed nothing', () => {
    const { lines, messages } = run(
      booted,
      booted,
      { type: 'timeout', at: 3 },
      { type: 'resume', at: 4 },
      {
        type: 'rename',
        name: '',
        at: 5,
      },
    );
    expect(lines.filter((text) => /stale|refused/.test(text))).toEqual([
      'x stale boot.completed stale',
      'x stale timeout not_due',
      'x stale resume satisfied',
      'x refused rename invalid',
    ]);
    expect(messages.at(-1)).toMatchObject({
      sandboxId: 'a1',
      reason: { message: expect.stringContaining('Cannot rename a running sandbox') },
    });
  });

  it('reports every state as it was at that time', () => {
    const { messages } = run(booted, { type: 'suspend', at: 3 });
    const versions = messages.flatMap((message) =>
      message.type === '@xstate.snapshot' ? [message.snapshot.context?.['version']] : [],
    );
    expect(versions).toEqual([1, 2, 3]);
  });

  it('reports the definition of its machine', () => {
    const [actor] = run().messages;
    const definition = actor?.type === '@xstate.actor' ? actor.definition : undefined;
    expect(Object.keys(JSON.parse(definition ?? '{}').states)).toEqual(Object.keys(sandboxMachine.states));
  });

  it('can continue from a record', () => {
    const { inspector, messages } = inspect();
    const snapshot = toSnapshot(records.resuming);
    createActor(sandboxMachine, { snapshot, inspect: inspector.inspect }).start();
    expect(messages().map(line)[0]).toBe('x actor {"suspended":"resuming"}');
  });

  it('hides the other actors of its system', () => {
    const { inspector, sent } = inspect();
    const secret = 'canary';
    const other = sandboxMachine.provide({});
    expect(other.config).toBe(sandboxMachine.config);
    const parent = { ...sandboxMachine, config: { id: secret } } as typeof sandboxMachine;
    inspector.inspect({
      type: '@xstate.event',
      rootId: 'x:0',
      actorRef: { sessionId: secret, logic: parent, getSnapshot: () => ({}) },
      event: { type: secret },
    } as never);
    expect(sent).toEqual([]);
  });
});

describe('the official inspector', () => {
  it('accepts every message of its protocol, and ignores our own', () => {
    const { inspector, messages } = inspect();
    const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
    actor.send({ type: 'resume', at: 2 });
    for (const step of life('ada')) inspector.change(step);
    const { post, received } = receive();
    for (const message of messages()) post(message);
    const theirs = messages().filter(({ type }) => type.startsWith('@xstate.'));
    expect(received).toEqual(theirs);
    expect(messages().length).toBeGreaterThan(theirs.length);
    for (const message of messages()) expect(isInspectorMessage(message)).toBe(true);
  });
});

/** Returns the history of a whole life, as a host has it. */
function life(name: string | null, id = 's1') {
  let { sandbox } = createSandbox({ id, name, timeoutMs: 60_000, at: 1_000 });
  const lines: { event: object; at: number; sandbox: Sandbox }[] = [
    { event: { type: 'created', name, timeoutMs: 60_000, at: 1_000 }, at: 1_000, sandbox },
  ];
  const apply = (event: SandboxEvent) => {
    ({ sandbox } = transition(sandbox, event));
    lines.push({ event, at: event.at, sandbox });
  };
  apply({ type: 'boot.completed', operation: 1, at: 2_000 });
  apply({ type: 'suspend', at: 3_000 });
  apply({ type: 'suspend.failed', operation: 2, reason: 'the disk is full', at: 4_000 });
  apply({ type: 'terminate', at: 5_000 });
  return lines;
}

describe('a history', () => {
  const expected = [
    's1:confirmed actor "pending"',
    's1:confirmed event boot.completed',
    's1:confirmed snapshot boot.completed "running"',
    's1:confirmed event suspend',
    's1:confirmed snapshot suspend "suspending"',
    's1:confirmed event suspend.failed',
    's1:confirmed snapshot suspend.failed "running"',
    's1:confirmed event terminate',
    's1:confirmed snapshot terminate "terminated"',
  ];

  it('accepts rows of a store', () => {
    const { inspector, messages } = inspect();
    for (const row of life('ada')) inspector.change(row);
    expect(messages().map(line)).toEqual(expected);
  });

  it('accepts changes of the API, each version once', () => {
    const { inspector, messages } = inspect();
    const changes = life('ada').map(({ event, at, sandbox }) => ({ event, at, lifecycle: sandbox }));
    for (const change of [...changes, ...changes]) inspector.change(change);
    expect(messages().map(line)).toEqual(expected);
  });

  it('keeps the times of its events', () => {
    const { inspector, messages } = inspect();
    for (const row of life('ada')) inspector.change(row);
    const times = messages().map((message) => 'createdAt' in message && message.createdAt);
    expect([...new Set(times)]).toEqual(['1000', '2000', '3000', '4000', '5000']);
  });

  it('accepts observations of a host, and adds the machine’s own sentence to a refusal', () => {
    const { inspector, messages } = inspect();
    const [created] = life(null);
    if (created) inspector.observe({ type: 'applied', row: created });
    inspector.observe({ type: 'refused', sandboxId: 's1', command: 'suspend', code: 'ephemeral' });
    inspector.observe({ type: 'committed' });
    expect(messages().map(line)).toEqual([expected[0], 's1:confirmed refused suspend ephemeral']);
    expect(messages()[1]).toMatchObject({ reason: { message: expect.stringContaining('has no name') } });
  });

  it.each([
    [null],
    [{}],
    [{ lifecycle: { ...records.running, name: 7 } }],
    [{ sandbox: { ...records.suspended, name: null } }],
  ])('rejects %j', (row) => {
    const { inspector, sent } = inspect();
    expect(() => inspector.change(row as never)).toThrow();
    expect(sent).toEqual([]);
  });
});

/** Creates a client that the test controls. */
function fakeClient(first: ObservedState) {
  let state = first;
  const listeners = new Set<() => void>();
  return {
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => state,
    set(next: Partial<ObservedState>) {
      state = { ...state, ...next };
      for (const listener of listeners) listener();
    },
    listeners,
  };
}

describe('a client', () => {
  const running = records.running;
  const suspend = { id: 'c1', command: { type: 'suspend', at: 3 } as const };
  const predicted = transition(running, suspend.command).sandbox;
  const begin = () => {
    const client = fakeClient({ confirmed: running, sandbox: running, pending: [], rollbacks: [] });
    const { inspector, messages } = inspect();
    const stop = inspector.client(client);
    return { client, stop, messages, lines: () => messages().map(line).slice(2) };
  };

  it('has two actors: confirmed and predicted', () => {
    const { messages } = begin();
    expect(messages().map(line)).toEqual([
      'named:confirmed actor "running"',
      'named:predicted actor "running"',
    ]);
    expect(messages()[1]).toMatchObject({ parentId: 'named:confirmed', rootId: 'named:confirmed' });
  });

  it('shows a prediction and its confirmation', () => {
    const { client, lines, messages } = begin();
    client.set({ sandbox: predicted, pending: [suspend] });
    client.set({ confirmed: predicted, pending: [] });
    expect(lines()).toEqual([
      'named:predicted predicted suspend',
      'named:predicted event suspend',
      'named:predicted snapshot suspend "suspending"',
      'named:confirmed event update',
      'named:confirmed snapshot update "suspending"',
      'named:predicted confirmed suspend',
    ]);
    expect(messages().at(-1)).toMatchObject({ prediction: 'c1', latencyMs: expect.any(Number) });
  });

  it('names the event that the server reported', () => {
    const { client, lines } = begin();
    client.set({
      confirmed: predicted,
      sandbox: predicted,
      timeline: [{ sandbox: predicted, event: 'timeout', at: 7 }],
    });
    expect(lines()[1]).toBe('named:confirmed snapshot timeout "suspending"');
  });

  it('shows every step of a server without versions once', () => {
    const { client, lines } = begin();
    const paused = {
      ...running,
      status: 'suspended' as const,
      name: 'ada',
      incarnation: null,
      expiresAt: null,
    };
    const steps = [paused, running].map((sandbox, at) => ({ sandbox, event: null, at }));
    client.set({ timeline: steps });
    client.set({ timeline: steps });
    expect(lines()).toEqual([
      'named:confirmed event update',
      'named:confirmed snapshot update {"suspended":"idle"}',
      'named:confirmed event update',
      'named:confirmed snapshot update "running"',
    ]);
  });

  it('shows a refusal and a rollback', () => {
    const { client, lines, messages } = begin();
    const reason = { code: 'busy', message: 'Another client was first: canary.' };
    client.set({ sandbox: predicted, pending: [suspend] });
    client.set({ sandbox: running, pending: [], rollbacks: [{ ...suspend, outcome: 'refused', reason }] });
    client.set({ rollbacks: [{ ...suspend, outcome: 'refused', reason }] });
    expect(lines().slice(3)).toEqual([
      'named:confirmed refused suspend busy',
      'named:predicted rolledBack suspend busy',
      'named:predicted snapshot update "running"',
    ]);
    expect(JSON.stringify(messages())).not.toContain('canary');
  });

  it('reports nothing twice, and nothing after the unsubscribe', () => {
    const { client, stop, messages } = begin();
    client.set({});
    expect(messages()).toHaveLength(2);
    stop();
    expect(client.listeners.size).toBe(0);
  });

  it('waits for the first state from the server', () => {
    const client = fakeClient({ confirmed: null, sandbox: null, pending: [suspend], rollbacks: [] });
    const { inspector, sent } = inspect();
    inspector.client(client);
    expect(sent).toEqual([]);
  });
});

describe('a secret', () => {
  const secret = 'canary-2f8c';
  const leak = { [secret]: secret, password: secret };

  /** Sends a secret in every field that takes text, and in unknown fields. */
  function leakAll(options: Pick<InspectOptions, 'redact'> = {}) {
    const { inspector, sent } = inspect(options);
    const policy = { ...leak } as never;
    const live = createActor(sandboxMachine, {
      input: { ...input, name: secret },
      inspect: inspector.inspect,
    }).start();
    live.send({ type: 'rename', name: `${secret}2`, at: 2 });
    live.send({ type: secret, ...leak, at: 2 } as never);
    live.send({ type: 'boot.failed', operation: 1, reason: secret, ...leak, at: 3 } as never);
    const snapshot = toSnapshot({ ...records.running, name: secret });
    Object.assign(snapshot.context, leak, { policy });
    const odd = createActor(sandboxMachine, { snapshot, inspect: inspector.inspect });
    odd.subscribe({ error: () => undefined });
    odd.start();
    odd.send({ type: 'suspend', at: 9 });
    odd.send({
      type: 'suspend',
      at: 9,
      get operation() {
        throw new Error(secret);
      },
    } as never);
    for (const row of life(secret)) {
      const event = { ...row.event, ...leak, reason: secret };
      inspector.change({ ...row, ...leak, event, actor: secret, cause: secret } as never);
    }
    const crashed = { ...records.crashed, id: 's2', name: secret };
    inspector.change({
      event: { type: 'crashed', incarnation: 1, reason: secret },
      at: 1,
      sandbox: {
        ...crashed,
        outcome: { result: 'failure', reason: 'crashed', detail: secret, exitCode: null },
      },
    });
    inspector.observe({ type: 'refused', sandboxId: 's1', command: secret, code: `${secret}!` });
    const reason = { code: 'rejected', message: secret };
    const command = { type: 'rename', name: secret, at: 1 };
    const client = fakeClient({
      confirmed: { ...records.running, name: secret },
      sandbox: { ...records.running, name: `${secret}3` },
      pending: [{ id: 'c1', command, ...leak }],
      rollbacks: [{ id: 'c0', command, outcome: 'refused', reason }],
      ...leak,
    });
    inspector.client(client);
    return { text: sent.join('\n') + JSON.stringify(inspector.session()), sent };
  }

  it('never leaves the process by default', () => {
    const { text, sent } = leakAll();
    expect(sent.length).toBeGreaterThan(20);
    expect(text).not.toContain(secret);
    expect(text).toContain('"name":"[hidden]"');
    expect(text).toContain('"detail":"[hidden]"');
  });

  it('leaves the process only in a field that is not hidden', () => {
    const { text } = leakAll({ redact: ['detail'] });
    expect(text).toContain(`"name":"${secret}"`);
    expect(text).toContain('"detail":"[hidden]"');
    expect(text).not.toContain('password');
    expect(leakAll({ redact: [] }).text).toContain(`"detail":"${secret}"`);
  });

  it.each([
    ['hidden by default', {}, /^\[hidden\]$/],
    ['shown on request', { redact: [] }, /operation/],
  ] as const)('in the sentence about a malformed event is %s', (_, options, message) => {
    const { inspector, messages } = inspect(options);
    const actor = createActor(sandboxMachine, { input, inspect: inspector.inspect }).start();
    actor.send({ type: 'boot.completed', operation: 'secret', at: 2 } as never);
    expect(messages().filter(({ type }) => type === '@sandbox-lifecycle.refused')).toMatchObject([
      { event: 'boot.completed', reason: { code: 'malformed', message: expect.stringMatching(message) } },
    ]);
  });

  it.each([
    ['hidden by default', {}, '[hidden]'],
    ['shown on request', { redact: [] }, 'secret'],
  ] as const)('in the reason of the last operation is %s', (_, options, reason) => {
    const { inspector, messages } = inspect(options);
    const operation = records.resuming.operation?.id ?? 0;
    const event = { type: 'resume.failed', operation, reason: 'secret', at: 9 } as const;
    inspector.change({ event, at: 9, sandbox: transition(records.resuming, event).sandbox });
    expect(JSON.stringify(messages())).toContain(`"result":"failed","reason":"${reason}"`);
  });
});

describe('the buffer for a page that opens late', () => {
  it('keeps the last messages, and every actor with the state before them', () => {
    const { inspector, messages } = inspect({ buffer: 3 });
    for (const row of life('ada')) inspector.change(row);
    expect(inspector.session().map(line)).toEqual([
      's1:confirmed actor "running"',
      's1:confirmed event terminate',
      's1:confirmed snapshot terminate "terminated"',
    ]);
    expect(messages()).toHaveLength(9);
  });

  it('keeps everything below the limit', () => {
    const { inspector, messages } = inspect();
    for (const row of life('ada')) inspector.change(row);
    expect(inspector.session()).toEqual(messages());
  });

  it.each([0, -1, 1.5, Number.NaN])('rejects a limit of %s', (buffer) => {
    expect(() => inspect({ buffer })).toThrow(RangeError);
  });
});

it('names the solution when it finds no window', () => {
  expect(() => inspectLifecycle()).toThrow(/Pass a transport, such as await createRelay\(\)/);
});

describe('a message', () => {
  it.each([
    null,
    7,
    'text',
    {},
    { type: '@xstate.event' },
    { type: '@xstate.event', sessionId: 'x', _version: '0.7.2' },
    { type: '@xstate.event', sessionId: 'x', _version: 7, event: { type: 'a' } },
    { type: '@xstate.snapshot', sessionId: 'x', _version: '0', event: { type: 'a' }, snapshot: null },
    { type: '@xstate.actor', sessionId: 'x', _version: '0', snapshot: {} },
    { type: '@sandbox-lifecycle.constructor', sessionId: 'x', sandboxId: 'a', event: 'b' },
    { type: '@sandbox-lifecycle.stale', sessionId: 'x', event: 'b' },
  ])('rejects %j', (value) => expect(isInspectorMessage(value)).toBe(false));
});
