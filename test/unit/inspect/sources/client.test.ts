import { afterEach, expect, it } from 'vitest';
import { createSandboxClient, httpTransport } from '../../../../src/client/index.ts';
import { type InspectorMessage, inspectLifecycle } from '../../../../src/inspect/index.ts';
import { simulatedDriver } from '../../../../src/server/driver/simulated/index.ts';
import { createApi, createHost } from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('shows the predictions of a client and the confirmed states of its host as two actors', async () => {
  const messages: InspectorMessage[] = [];
  const transport = {
    start: () => undefined,
    send: (message: InspectorMessage) => messages.push(message),
    stop: () => undefined,
  };
  const inspector = inspectLifecycle({ transport });
  const host = await createHost({
    store: memoryStore(),
    driver: simulatedDriver(),
    observe: inspector.observe,
  });
  ends.push(() => host.close());
  const api = createApi(host);
  ends.push(() => api.close());
  const { sandbox } = await host.create({ namespace: 'default', name: 'my-env' });
  await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 10_000 });

  const client = createSandboxClient({
    id: sandbox.id,
    transport: httpTransport({
      url: 'http://127.0.0.1',
      fetch: (input, init) => api(new Request(input, init)),
    }),
  });
  ends.push(() => client.dispose());
  ends.push(inspector.client(client));
  await expect.poll(() => client.getSnapshot().confirmed?.status).toBe('running');

  const { settled } = client.send('suspend');
  expect(client.getSnapshot().sandbox?.status).toBe('suspending');
  expect((await settled).outcome).toBe('applied');
  await host.waitFor('default', sandbox.id, ['suspended'], { timeoutMs: 10_000 });

  const lines = messages.map(({ type, sessionId }) => `${sessionId.split(':')[1]} ${type}`);
  expect(lines).toContain('predicted @sandbox-lifecycle.predicted');
  expect(lines).toContain('predicted @sandbox-lifecycle.confirmed');
  expect(lines.indexOf('confirmed @xstate.actor')).toBe(0);
  const versions = messages.flatMap((message) =>
    message.type === '@xstate.snapshot' && message.sessionId.endsWith(':confirmed')
      ? [Number(message.snapshot.context?.['version'])]
      : [],
  );
  expect(versions).toEqual(versions.map((_, at) => at + 2));

  await host.send('default', sandbox.id, { type: 'snapshot' });
  await expect
    .poll(() => messages.at(-1))
    .toMatchObject({
      type: '@sandbox-lifecycle.refused',
      reason: { code: 'not_running', message: expect.stringContaining('Cannot snapshot') },
    });
});
