import { expect, test } from 'vitest';
import { errorCodes } from '../../../../../src/server/index.ts';
import { apiFixture } from '../../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const { call, create } = apiFixture(host);
const problemType = 'application/problem+json';

/** Requests that fail, each with its code. */
const failures = [
  ['POST', '/sandboxes', { timeout_secs: 'x' }, 'invalid_body'],
  ['POST', '/sandboxes', { name: 'env' }, 'name_taken'],
  ['POST', '/sandboxes', '{', 'invalid_request'],
  ['PATCH', '/sandboxes/env', {}, 'invalid_request'],
  ['GET', '/sandboxes?cursor=x', undefined, 'invalid_cursor'],
  ['GET', '/sandboxes/none', undefined, 'sandbox_not_found'],
  ['GET', '/snapshots/none', undefined, 'snapshot_not_found'],
  ['GET', '/nothing', undefined, 'unknown_route'],
  ['PUT', '/sandboxes', undefined, 'wrong_method'],
  ['GET', '/metrics', undefined, 'no_metrics'],
  ['GET', '/sandbox-pools', undefined, 'not_served'],
] as const;

test('an error has its code in a header, and a sentence unless the request names the type of problems', async () => {
  await create({ name: 'env' });
  for (const [method, path, body, code] of failures) {
    const plain = await call(method, path, body, { accept: '*/*, application/json' });
    const { status, title } = errorCodes[code];
    expect([path, plain.status, plain.headers.get('x-error-code')]).toEqual([path, status, code]);
    expect(plain.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const accept = `text/plain;q=0.5, ${problemType}; q=0.9`;
    const json = await call(method, path, body, { accept, 'x-request-id': 'r1' });
    expect([json.status, json.headers.get('content-type'), json.headers.get('x-error-code')]).toEqual([
      status,
      problemType,
      code,
    ]);
    expect(json.body).toEqual({
      type: `urn:sandbox-lifecycle:error:${code}`,
      title,
      status,
      detail: plain.body,
      code,
      instance: 'r1',
    });
  }
});

test('a refusal of the machine has the same code in both headers', async () => {
  const id = await create();
  const answer = await call('POST', `/sandboxes/${id}/suspend`, undefined, { accept: problemType });
  expect([answer.status, answer.headers.get('x-refusal-code'), answer.headers.get('x-error-code')]).toEqual([
    400,
    'ephemeral',
    'ephemeral',
  ]);
  expect(answer.headers.get('etag')).toMatch(`${id}-`);
  expect(answer.body).toMatchObject({ code: 'ephemeral', detail: expect.stringMatching(/^Cannot suspend/) });
});

test.each([`${problemType};q=0`, `${problemType}; q=0.0`, 'application/problem+xml', '*/*', 'application/*'])(
  'Accept: %s gets a sentence',
  async (accept) => {
    expect((await call('GET', '/sandboxes/none', undefined, { accept })).headers.get('content-type')).toBe(
      'text/plain; charset=utf-8',
    );
  },
);

test('a success ignores the type of problems', async () => {
  const answer = await call('GET', '/sandboxes', undefined, { accept: problemType });
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-error-code')]).toEqual([
    200,
    'application/json',
    null,
  ]);
});
