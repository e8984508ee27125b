import { Window } from 'happy-dom';
import { createElement, type FunctionComponent, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterEach, expect, test, vi } from 'vitest';
import { createSandboxClient, type Rollback, type SandboxClient } from '../../../src/client/index.ts';
import { useRollback, useSandbox, useSandboxAction } from '../../../src/react/index.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';

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
