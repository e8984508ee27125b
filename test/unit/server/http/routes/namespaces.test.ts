import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Scope } from '../../../../../src/server/index.ts';
import { apiFixture } from '../../../../harness/server/api-fixture.ts';
import { fail, succeed } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const on = hostFixture();
const api = apiFixture(on);
const { call, create } = api;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const tokenOf = (text: string, namespace: string, scopes: readonly Scope[], name = text) => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  ...{ namespace, scopes, name },
});

test('an administrator deletes a namespace, and sees what was done', async () => {
  await create({ name: 'ada' });
  await on.running('bob');
  on.driver.script('release', fail(new Error('The platform is busy.')));
  const path = '/namespaces/default';
  expect(await call('GET', path)).toMatchObject({
    status: 404,
    body: expect.stringContaining('not being deleted'),
  });
  const begun = await call('DELETE', path);
  expect(begun).toMatchObject({ status: 202, body: { namespace: 'default', status: 'deleting' } });
  expect(await call('POST', '/sandboxes', { name: 'new' })).toMatchObject({
    status: 409,
    body: 'The namespace default is being deleted; create sandboxes in it when the deletion has ended.',
  });
  expect((await call('GET', path)).status).toBe(200);
  expect((await call('DELETE', path)).status).toBe(202);
  on.driver.script('release', succeed);
  await on.clock.advance(60_000);
  expect((await call('GET', path)).headers.get('x-error-code')).toBe('no_deletion');
  expect((await call('GET', '/sandboxes')).body.sandboxes).toEqual([]);
  await create({ name: 'new' });
});

test('an operator may delete each namespace, and an administrator of a namespace only that one', async () => {
  api.use({
    tokens: [
      tokenOf('operator', '*', ['admin']),
      tokenOf('metrics', '*', ['metrics']),
      tokenOf('admin', 'team', ['admin']),
      tokenOf('writer', 'team', ['read', 'write']),
    ],
  });
  const statusOf = async (token: string, namespace: string) =>
    (await call('DELETE', `/namespaces/${namespace}`, undefined, bearer(token))).status;
  expect(await statusOf('writer', 'team')).toBe(403);
  expect(await statusOf('metrics', 'team')).toBe(403);
  expect(await statusOf('admin', 'other')).toBe(403);
  expect((await call('DELETE', '/namespaces/team')).status).toBe(401);
  on.driver.script('release', fail(new Error('The platform is busy.')));
  await create({ name: 'env' }, bearer('writer'));
  expect(await statusOf('operator', 'team')).toBe(202);
  expect(await statusOf('admin', 'team')).toBe(202);
  expect(await statusOf('operator', 'other')).toBe(202);
  expect(await statusOf('operator', 'no%20namespace')).toBe(404);
  expect(await on.host.namespaceDeletion('team')).toMatchObject({ actor: 'operator' });
});
