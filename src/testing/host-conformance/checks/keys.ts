import assert from 'node:assert/strict';
import { KeyReusedError } from '../../../server/errors.ts';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** A request under an idempotency key runs once, and its repetitions get the same answer. */
export const keys: readonly Check[] = [
  {
    name: 'answers a repeated request under one key as the first one, and runs it once',
    uses: ['idempotencyKey'],
    async run({ start, running, until }) {
      const host = await start();
      const create = () => host.create({ namespace, name: null }, { idempotencyKey: 'create' });
      const first = await create();
      assert.equal((await create()).sandbox.id, first.sandbox.id);
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      const suspend = () => host.send(namespace, id, { type: 'suspend' }, { idempotencyKey: 'suspend' });
      const sent = await suspend();
      await until(host, id, 'suspended');
      const { sandbox } = await host.get(namespace, id);
      const again = await suspend();
      assert.equal(again.result.outcome, 'applied', 'a repetition must get the answer of the first request');
      assert.equal(again.result.sandbox.version, sent.result.sandbox.version);
      assert.deepEqual((await host.get(namespace, id)).sandbox, sandbox, 'a repetition must change nothing');
    },
  },
  {
    name: 'runs many requests under one key at once as one',
    uses: ['idempotencyKey'],
    async run({ start, settlesInTime }) {
      const host = await start();
      const write = { idempotencyKey: 'key' };
      const all = Array.from({ length: 6 }, () => host.create({ namespace, name: 'ada' }, write));
      const created = await settlesInTime('Every request', Promise.all(all));
      assert.equal(new Set(created.map(({ sandbox }) => sandbox.id)).size, 1);
    },
  },
  {
    name: 'rejects another request under a used key, and separates the keys of namespaces',
    uses: ['idempotencyKey'],
    async run({ start }) {
      const host = await start();
      const write = { idempotencyKey: 'key' };
      const { sandbox } = await host.create({ namespace, name: 'ada' }, write);
      await assert.rejects(host.create({ namespace, name: 'bea' }, write), KeyReusedError);
      const sent = host.send(namespace, sandbox.id, { type: 'terminate' }, write);
      await assert.rejects(sent, KeyReusedError);
      assert.notEqual((await host.get(namespace, sandbox.id)).sandbox.status, 'terminated');
      const there = await host.create({ namespace: 'elsewhere', name: 'ada' }, write);
      assert.notEqual(there.sandbox.id, sandbox.id);
    },
  },
  {
    name: 'answers a repeated request under one key as the first one after a crash',
    needs: 'restart',
    uses: ['idempotencyKey'],
    async run({ start, restart }) {
      const host = await start();
      const write = { idempotencyKey: 'key' };
      const { sandbox } = await host.create({ namespace, name: 'ada' }, write);
      const next = await restart(host);
      assert.equal((await next.create({ namespace, name: 'ada' }, write)).sandbox.id, sandbox.id);
      await assert.rejects(next.create({ namespace, name: 'bea' }, write), KeyReusedError);
    },
  },
];
