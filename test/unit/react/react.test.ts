import { Window } from 'happy-dom';
import { createElement, type FunctionComponent, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import {
  createSandboxClient,
  type createSandboxListClient,
  defaultTimes,
  type Rollback,
  type SandboxClient,
  type Transport,
} from '../../../src/client/index.ts';
import { createSandbox, transition } from '../../../src/index.ts';
import {
  useCountdown,
  useRollback,
  useSandbox,
  useSandboxAction,
  useSandboxClient,
  useSandboxListClient,
  useSandboxRow,
} from '../../../src/react/index.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createWorld } from '../../harness/client/world.ts';

const window = new Window({ url: 'http://127.0.0.1/' });
Object.assign(globalThis, {
  window,
  document: window.document,
  IS_REACT_ACT_ENVIRONMENT: true,
});
if (!('navigator' in globalThis)) Object.assign(globalThis, { navigator: window.navigator });
const { createRoot, hydrateRoot } = await import('react-dom/client');
const { act } = await import('react');
type Container = Parameters<typeof createRoot>[0];

// The files of one worker share their globals.
afterAll(() => {
  for (const name of ['window', 'document', 'IS_REACT_ACT_ENVIRONMENT'])
    Reflect.deleteProperty(globalThis, name);
});

const clients: SandboxClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

function set(name: string | null = 'my-env') {
  const initial = runningSandbox(name);
  const transport = scriptedTransport(initial);
  const client = createSandboxClient({ id: 'a1', transport, initial });
  clients.push(client);
  return { client, transport, initial };
}

async function connect({ transport, client }: ReturnType<typeof set>) {
  await act(async () => {
    await flushPromises();
    transport.streams[0]?.onOpen();
    await flushPromises();
  });
  expect(client.getSnapshot().connection).toBe('live');
}

async function refuse({ client, transport }: ReturnType<typeof set>, message = 'The name is taken.') {
  const { settled } = client.send({ type: 'rename', name: 'taken' });
  await flushPromises();
  await transport.reply({ outcome: 'refused', reason: { code: 'rejected', message } });
  await settled;
}

function mount(element: Parameters<ReturnType<typeof createRoot>['render']>[0]) {
  const container = window.document.createElement('div');
  window.document.body.append(container);
  const root = createRoot(container as unknown as Container);
  act(() => root.render(element));
  return { container, root };
}

const View: FunctionComponent<{ client: SandboxClient }> = ({ client }) => {
  const status = useSandbox(client, ({ sandbox }) => sandbox?.status ?? 'loading');
  const { props, reason, reasonId } = useSandboxAction(client, 'suspend');
  return createElement(
    'main',
    null,
    createElement('output', null, status),
    createElement('button', { type: 'button', ...props }, 'Suspend'),
    reason && createElement('p', { id: reasonId }, reason.message),
  );
};

test('a server renders the initial state and sends nothing', () => {
  const { client, transport } = set();
  const html = renderToString(createElement(View, { client }));
  expect(html).toContain('<output>running</output>');
  expect(html).toContain('aria-disabled="false"');
  expect([transport.reads, transport.streams.length]).toEqual([0, 0]);
});

test('a page hydrates without a mismatch, although the client’s state has changed since', async () => {
  const here = set();
  const container = window.document.createElement('div');
  container.innerHTML = renderToString(createElement(View, { client: here.client }));
  here.client.subscribe(() => {});
  await connect(here);
  here.client.send('suspend');
  expect(here.client.getSnapshot().sandbox?.status).toBe('suspending');

  const onRecoverableError = vi.fn();
  const root = await act(async () =>
    hydrateRoot(container as unknown as Container as Element, createElement(View, { client: here.client }), {
      onRecoverableError,
    }),
  );
  expect(onRecoverableError).not.toHaveBeenCalled();
  expect(container.querySelector('output')?.textContent).toBe('suspending');
  act(() => root.unmount());
});

test('a click sends one command, and the button is busy until the operation ends', async () => {
  const here = set();
  const { container, root } = mount(
    createElement(StrictMode, null, createElement(View, { client: here.client })),
  );
  await connect(here);
  const button = container.querySelector('button');
  await act(async () => button?.click());
  expect(here.transport.sent.map(({ command }) => command.type)).toEqual(['suspend']);
  expect(container.querySelector('output')?.textContent).toBe('suspending');
  expect(button?.getAttribute('aria-busy')).toBe('true');
  act(() => root.unmount());
});

test('a disabled button stays focusable, shows the reason and does nothing', async () => {
  const here = set(null);
  const { container, root } = mount(createElement(View, { client: here.client }));
  await connect(here);
  const button = container.querySelector('button');
  expect(button?.getAttribute('aria-disabled')).toBe('true');
  expect(button?.hasAttribute('disabled')).toBe(false);
  const reason = window.document.getElementById(button?.getAttribute('aria-describedby') ?? '');
  expect(reason?.textContent).toBe(here.client.why('suspend')?.message);
  await act(async () => button?.click());
  expect(here.transport.sent).toEqual([]);
  expect(here.client.getSnapshot().rollbacks).toEqual([]);
  act(() => root.unmount());
});

test('a button with an invalid argument shows the reason', () => {
  const { client } = set();
  let message: string | undefined;
  const { root } = mount(
    createElement(() => {
      message = useSandboxAction(client, { type: 'rename', name: '' }).reason?.message;
      return null;
    }),
  );
  expect(message).toMatch(/the new name is empty/);
  act(() => root.unmount());
});

test('a component renders again only when the selected part has changed', async () => {
  const here = set();
  let renders = 0;
  const { root } = mount(
    createElement(() => {
      renders++;
      return useSandbox(here.client, ({ sandbox }) => sandbox?.name);
    }),
  );
  await connect(here);
  const before = renders;
  await act(async () => void here.client.send('suspend'));
  expect(renders).toBe(before);
  await act(async () => void here.client.send({ type: 'rename', name: 'other' }));
  expect(renders).toBe(before + 1);
  act(() => root.unmount());
});

test('a selector that creates a new value each time does not cause an endless loop', () => {
  const { client } = set();
  const { container, root } = mount(
    createElement(() => useSandbox(client, ({ sandbox }) => ({ status: sandbox?.status })).status),
  );
  expect(container.textContent).toBe('running');
  act(() => root.unmount());
});

test('each rollback is reported once: in strict mode, to every component, and to those that mount later', async () => {
  const here = set();
  here.client.subscribe(() => {});
  await connect(here);
  await refuse(here, 'before the mount');

  const reported: string[] = [];
  const Notice: FunctionComponent<{ as: string }> = ({ as }) => {
    useRollback(here.client, ({ reason }: Rollback) => reported.push(`${as}: ${reason.message}`));
    return null;
  };
  const both = createElement(
    StrictMode,
    null,
    createElement(Notice, { as: 'a' }),
    createElement(Notice, { as: 'b' }),
  );
  const { root } = mount(both);
  await act(flushPromises);
  expect(reported.splice(0)).toEqual(['a: before the mount', 'b: before the mount']);

  await act(() => refuse(here, 'while mounted'));
  expect(reported.splice(0)).toEqual(['a: while mounted', 'b: while mounted']);

  act(() => root.unmount());
  await refuse(here, 'after the unmount');
  const again = mount(both);
  await act(flushPromises);
  expect(reported).toEqual(['a: after the unmount', 'b: after the unmount']);
  act(() => again.root.unmount());
});

test('an unmounted component leaves no listener', async () => {
  const here = set();
  let listeners = 0;
  const counted: SandboxClient = {
    ...here.client,
    subscribe(listener) {
      listeners++;
      const stop = here.client.subscribe(listener);
      return () => {
        listeners--;
        stop();
      };
    },
  };
  const { root } = mount(createElement(StrictMode, null, createElement(View, { client: counted })));
  expect(listeners).toBeGreaterThan(0);
  act(() => root.unmount());
  expect(listeners).toBe(0);
});

test('`isEqual` keeps an equal value although the selector creates a new one', async () => {
  const here = set();
  let renders = 0;
  const { root } = mount(
    createElement(() => {
      renders++;
      const names = useSandbox(
        here.client,
        ({ sandbox }) => [sandbox?.name],
        (a, b) => a.join() === b.join(),
      );
      return names.join();
    }),
  );
  await connect(here);
  const before = renders;
  await act(async () => void here.client.send('suspend'));
  expect(renders).toBe(before);
  await act(async () => void here.client.send({ type: 'rename', name: 'other' }));
  expect(renders).toBe(before + 1);
  act(() => root.unmount());
});

/** Counts the connections of a transport that have started and not stopped. */
function counting(transport: Transport) {
  const open = new Set<object>();
  let connects = 0;
  const counted: Transport = {
    ...transport,
    connect(...args) {
      connects++;
      const connection = transport.connect(...args);
      return {
        ...connection,
        start() {
          open.add(connection);
          connection.start();
        },
        stop() {
          open.delete(connection);
          connection.stop();
        },
      };
    },
  };
  return { transport: counted, open, connects: () => connects };
}

const world = createWorld(1_000_000);

const Hooked: FunctionComponent<{
  id: string;
  transport: Transport;
  onClient: (client: SandboxClient) => void;
}> = ({ id, transport, onClient }) => {
  const client = useSandboxClient({ id, transport, initial: runningSandbox(), clock: world });
  onClient(client);
  return useSandbox(client, ({ displayStatus }) => displayStatus);
};

test('useSandboxClient keeps one client connected in strict mode, makes one for each id, and sends commands', async () => {
  const scripted = scriptedTransport(runningSandbox());
  const { transport, open } = counting(scripted);
  const clients = new Set<SandboxClient>();
  const render = (id: string) =>
    createElement(
      StrictMode,
      null,
      createElement(Hooked, { id, transport, onClient: (client: SandboxClient) => clients.add(client) }),
    );
  const { container, root } = mount(render('a1'));
  await act(flushPromises);
  expect([open.size, container.textContent]).toEqual([1, 'running']);
  const first = [...clients].at(-1);
  for (let again = 0; again < 3; again++) act(() => root.render(render('a1')));
  expect([...clients].at(-1)).toBe(first);
  await act(async () => {
    scripted.streams.at(-1)?.onOpen();
    await flushPromises();
  });
  await act(async () => {
    first?.send('suspend');
    await flushPromises();
  });
  expect(scripted.sent.map(({ command }) => command.type)).toEqual(['suspend']);
  expect(container.textContent).toBe('suspending');
  await act(async () => root.render(render('b2')));
  expect([...clients].at(-1)).not.toBe(first);
  const pass = (milliseconds: number) => act(() => world.runUntil(world.now() + milliseconds, () => {}));
  // The command has not settled yet, so the first client still follows it.
  expect(open.size).toBe(2);
  await act(async () => {
    const suspending = transition(runningSandbox(), { type: 'suspend', at: 3000 }).sandbox;
    scripted.streams[0]?.onUpdate({ sandboxes: [suspending] });
    await scripted.reply({ outcome: 'accepted', version: suspending.version });
  });
  await pass(defaultTimes.releaseMs);
  expect(open.size).toBe(1);
  act(() => root.unmount());
  expect(open.size).toBe(1);
  await pass(defaultTimes.releaseMs);
  expect(open.size).toBe(0);
});

test('useSandboxListClient renders one row for a change of one sandbox', async () => {
  const [one, two] = ['a1', 'b2'].map((id) => {
    const { sandbox } = createSandbox({ id, name: id, at: 1000 });
    return transition(sandbox, { type: 'boot.completed', operation: 1, at: 2000 }).sandbox;
  });
  if (!one || !two) throw new Error('no sandboxes');
  const transport = scriptedTransport(one);
  transport.update = { sandboxes: [one, two], isComplete: true };
  const renders: string[] = [];
  let list: ReturnType<typeof createSandboxListClient> | undefined;
  const Row: FunctionComponent<{ id: string }> = ({ id }) => {
    const status = useSandboxRow(list as never, id, (view) => view.displayStatus);
    renders.push(id);
    return `${id} ${status} `;
  };
  const List: FunctionComponent = () => {
    list = useSandboxListClient({ transport });
    const ids = useSandbox(
      list,
      ({ sandboxes }) => sandboxes.map(({ id }) => id),
      (a, b) => a.join() === b.join(),
    );
    renders.push('list');
    return ids.map((id) => createElement(Row, { key: id, id }));
  };
  const { container, root } = mount(createElement(List));
  await act(async () => {
    await flushPromises();
    transport.streams[0]?.onOpen();
    await flushPromises();
  });
  expect(container.textContent).toBe('a1 running b2 running ');
  renders.splice(0);
  const next = transition(two, { type: 'suspend', at: 3000 }).sandbox;
  await act(async () => transport.streams[0]?.onUpdate({ sandboxes: [next] }));
  expect(container.textContent).toBe('a1 running b2 suspending ');
  expect(renders).toEqual(['b2']);
  act(() => root.unmount());
  list?.dispose();
});

test('useCountdown shows the seconds until a limit, and null on a server', () => {
  const forecast = { at: 0, localAt: Date.now() + 90_500, outcome: 'suspends', limit: 'timeoutMs' } as const;
  const Left: FunctionComponent<{ isNone?: boolean }> = ({ isNone = false }) =>
    `${useCountdown(isNone ? null : forecast)}`;
  expect(renderToString(createElement(Left))).toBe('null');
  const { container, root } = mount(createElement(Left));
  expect(Number(container.textContent)).toBeGreaterThan(60);
  act(() => root.render(createElement(Left, { isNone: true })));
  expect(container.textContent).toBe('null');
  act(() => root.unmount());
});

test('a satisfied command has a disabled button without a reason, and a click sends nothing', async () => {
  const here = set();
  const Resume: FunctionComponent = () => {
    const { props, isSatisfied, reason } = useSandboxAction(here.client, 'resume');
    return createElement('button', { type: 'button', ...props }, `${isSatisfied} ${reason?.message}`);
  };
  const { container, root } = mount(createElement(Resume));
  await connect(here);
  const button = container.querySelector('button');
  expect([button?.textContent, button?.getAttribute('aria-disabled')]).toEqual(['true undefined', 'true']);
  await act(async () => button?.click());
  expect(here.transport.sent).toEqual([]);
  act(() => root.unmount());
});
