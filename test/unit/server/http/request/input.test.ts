import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readJson } from '../../../../../src/server/http/request/read-json.ts';
import { RuleError } from '../../../../../src/server/index.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const prototypes = [Object.prototype, Array.prototype, Function.prototype];
let intact: string[][];
beforeEach(() => {
  intact = prototypes.map(Object.getOwnPropertyNames);
});
afterEach(() => {
  expect(prototypes.map(Object.getOwnPropertyNames)).toEqual(intact);
});

const bodyOf = (init: RequestInit & { duplex?: 'half' }) =>
  api.api(new Request(`${origin}/sandboxes`, { method: 'POST', ...init }));
const mustHaveNone = async () => expect((await call('GET', '/sandboxes')).body.sandboxes).toEqual([]);

describe('a body', () => {
  test.each([
    ['{', 400, 'The body is not JSON.'],
    ['', 400, 'The body is not JSON.'],
    ['{"name":"ada"}}', 400, 'The body is not JSON.'],
    ['"', 400, 'The body is not JSON.'],
    ['{"name":"\\"}', 400, 'The body is not JSON.'],
    ["{'name':'ada'}", 400, 'The body is not JSON.'],
    ['null', 422, 'body must be of type object.'],
    ['[]', 422, 'body must be of type object.'],
    ['{"name":"ada","name":"grace"}', 400, 'The body has the key "name" twice in one object; send it once.'],
    ['{"name":"ada","n\\u0061me" :1}', 400, 'The body has the key "name" twice in one object; send it once.'],
    ['{"a":{"b":[{"c":1,"c":2}]}}', 400, 'The body has the key "c" twice in one object; send it once.'],
    [
      '{"__proto__":1,"__proto__":2}',
      400,
      'The body has the key "__proto__" twice in one object; send it once.',
    ],
    ['['.repeat(20_000), 400, 'The body nests arrays and objects more than 32 levels deep.'],
    [
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      400,
      'The body nests arrays and objects more than 32 levels deep.',
    ],
    ['{"a":'.repeat(20_000), 400, 'The body nests arrays and objects more than 32 levels deep.'],
    ['{"name":"a\\u0000b"}', 422, 'body.name must not contain a NUL or a lone surrogate.'],
    ['{"image":"\\ud800"}', 422, 'body.image must not contain a NUL or a lone surrogate.'],
    ['{"entrypoint":["a","\\udc00b"]}', 422, 'body.entrypoint.1 must not contain a NUL or a lone surrogate.'],
    ['{"other":{"\\u0000":1}}', 422, 'A key of body.other must not contain a NUL or a lone surrogate.'],
    ['{"name":"\u0430da"}', 400, /^The name "\u0430da" is not valid/],
    ['{"name":"ada\u202e"}', 400, /is not valid/],
    ['{"name":"__proto__"}', 400, /is not valid/],
    ['{"name":{"toString":1}}', 422, 'body.name must be a string.'],
    ['{"name":"a\\n\\u202eb"}', 400, /^The name "a\\n\\u\{202e\}b" is not valid/],
    [
      `{"${'a'.repeat(5_000)}":"\\u0000"}`,
      422,
      `body.${'a'.repeat(80)}… must not contain a NUL or a lone surrogate.`,
    ],
  ])('rejects %.60j with %i', async (body, status, sentence) => {
    const answer = await call('POST', '/sandboxes', body);
    expect([answer.status, answer.body]).toEqual([
      status,
      typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
    ]);
    await mustHaveNone();
  });

  test.each([
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    '{"image":"\ud83d\ude00 \\ud83d\\ude00"}',
    '{"a":{"name":1},"b":{"name":2},"c":[{"name":3},{"name":4}]}',
    '{"name":"name","image":"name","x":["name","name"]}',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
    `{"a":${'['.repeat(31)}${']'.repeat(31)}}`,
    '\ufeff{"name":"ada"}',
  ])('accepts %.60j', async (body) => {
    expect((await call('POST', '/sandboxes', body)).status).toBe(200);
    expect('polluted' in {}).toBe(false);
  });

  test('is rejected when it is not UTF-8', async () => {
    const answer = await bodyOf({ body: new Uint8Array([0x7b, 0xff, 0x7d]) });
    expect([answer.status, await answer.text()]).toEqual([400, 'The body is not UTF-8.']);
  });

  test('is parsed as JSON.parse parses it, for any JSON', () => {
    const strings = fc.constantFrom('', '"', '\\', '{', ']', ':', '\u2028', '😀', 'a"b\\c', '__proto__');
    const values = fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' });
    fc.assert(
      fc.property(
        fc.oneof(values, fc.dictionary(strings, strings)),
        fc.constantFrom(0, 1, 2),
        (value, space) => {
          const text = JSON.stringify(value, undefined, space);
          fc.pre(!/[\0\p{Surrogate}]|\\u0000|\\ud[89a-f]/u.test(text));
          expect(readJson(text)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  test('is rejected with a duplicate key, at any place and with any escapes', () => {
    const escaped = (key: string) =>
      JSON.stringify(key).replace(
        /[a-z]/g,
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string()),
        fc.nat(4),
        fc.boolean(),
        (key, others, depth, isEscaped) => {
          const members = [key, ...others.filter((other) => other !== key)].map((name) =>
            JSON.stringify(name),
          );
          const again = isEscaped ? escaped(key) : JSON.stringify(key);
          const inside = `{${[...new Set(members), again].map((name) => `${name}: "}"`).join(',')}}`;
          const text = `${'{"a":['.repeat(depth)}${inside}${']}'.repeat(depth)}`;
          expect(() => readJson(text)).toThrow(/twice in one object/);
        },
      ),
    );
  });

  test('is rejected with a RuleError when it is not JSON, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        try {
          JSON.parse(text);
        } catch {
          expect(() => readJson(text)).toThrow(RuleError);
        }
      }),
    );
  });
});

describe('the size of a body', () => {
  const mebibyte = 1024 * 1024;
  const padded = (size: number) => `{"x":"${'a'.repeat(size - 8)}"}`;
  /** A body without a length. */
  function streamed(chunks: number, size: number) {
    let given = 0;
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (given === chunks) return controller.close();
          given += 1;
          controller.enqueue(new Uint8Array(size).fill(0x20));
        },
      },
      { highWaterMark: 0 },
    );
    return { stream, given: () => given };
  }

  test('is at most 1 MiB, in bytes', async () => {
    expect((await call('POST', '/sandboxes', padded(mebibyte))).status).toBe(200);
    expect(await call('POST', '/sandboxes', padded(mebibyte + 1))).toMatchObject({
      status: 413,
      body: 'The body is larger than 1 MiB.',
    });
    // The characters fit, but take twice as many bytes.
    expect((await call('POST', '/sandboxes', `{"x":"${'ä'.repeat(mebibyte - 100)}"}`)).status).toBe(413);
  });

  test('is counted while the body arrives, and the rest of a large body is not read', async () => {
    const endless = streamed(1_000, 64 * 1024);
    const answer = await bodyOf({ body: endless.stream, duplex: 'half' });
    expect(answer.status).toBe(413);
    expect(endless.given()).toBeLessThan(20);
    const small = await bodyOf({ body: streamed(3, 10).stream, duplex: 'half' });
    expect([small.status, await small.text()]).toEqual([400, 'The body is not JSON.']);
  });

  test('of a body that is announced as too large is rejected before any read', async () => {
    const body = streamed(1_000, 64 * 1024);
    const headers = { 'content-length': String(2 * mebibyte) };
    expect((await bodyOf({ body: body.stream, headers, duplex: 'half' })).status).toBe(413);
    expect(body.given()).toBe(0);
  });
});

describe('a client that disconnects while it sends its body', () => {
  test.each([
    ['without a length', {}],
    ['with a length', { 'content-length': '100' }],
  ])('causes a 400 and does not report a problem, %s', async (_, headers: Record<string, string>) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"name"'));
        setTimeout(() => controller.error(new Error('hung up')), 5);
      },
    });
    const answer = await bodyOf({ body, headers, duplex: 'half' });
    expect([answer.status, await answer.text()]).toEqual([400, 'The body ended before it was complete.']);
    expect(api.observations.map(({ type }) => type)).not.toContain('problem');
    await mustHaveNone();
  });
});

describe('a sentence', () => {
  test.each([
    [
      '/sandboxes?limit=a%0d%0aSet-Cookie:b',
      'limit is a\\r\\nSet-Cookie:b; use a whole number from 1 to 1000.',
    ],
    ['/sandboxes?limit=%1b[31m', 'limit is \\u001b[31m; use a whole number from 1 to 1000.'],
    ['/sandboxes?direction=a%e2%80%ae', 'direction is a\\u{202e}; use forward or backward.'],
    ['/sandboxes/a%22%e2%80%8b', 'The sandbox "a\\"\\u{200b}" does not exist in this namespace.'],
    [
      `/snapshots/${'a'.repeat(5_000)}`,
      `The snapshot "${'a'.repeat(80)}…" does not exist in this namespace.`,
    ],
    [
      `/snapshots/${'%f0%9f%98%80'.repeat(100)}`,
      `The snapshot "${'\u{1f600}'.repeat(80)}…" does not exist in this namespace.`,
    ],
  ])('quotes its input on one line, and shortens it: %.50s', async (path, sentence) => {
    expect((await call('GET', path)).body).toBe(sentence);
  });
});

describe('a path', () => {
  test.each([
    '/sandboxes/%ZZ',
    '/sandboxes/%00',
    '/sandboxes/%',
    '/sandboxes/%E0%A4%A',
    '/sandboxes/..%2f..%2fetc',
    '/sandboxes/%2e%2e/x',
    '/sandboxes/../../etc/passwd',
    '/sandboxes/__proto__',
    '/sandboxes/constructor',
    `/sandboxes/${'a'.repeat(5_000)}`,
    '/v1/namespaces/%2e%2e/sandboxes',
    '/v1/namespaces/%00/sandboxes',
    '/v1/namespaces/a%2fb/sandboxes',
    '/v1/namespaces//sandboxes',
    '/snapshots/%00',
    '//',
    '///sandboxes///%ZZ',
    '/sandboxes/%ZZ/events',
    '/sandboxes/%00/history',
    '/sandboxes/a/proxy/%ZZ',
  ])('%.50s is not found, and does not report a problem', async (path) => {
    await create();
    for (const method of ['GET', 'DELETE']) {
      const answer = await call(method, path);
      expect([path, answer.status]).toEqual([path, expect.toBeOneOf([404, 405])]);
    }
    expect(api.observations.map(({ type }) => type)).not.toContain('problem');
  });

  test('with another method lists the allowed methods', async () => {
    const answer = await call('PUT', '/sandboxes/ada');
    expect([answer.status, answer.headers.get('allow'), answer.body]).toEqual([
      405,
      'GET, PATCH, DELETE',
      'PUT is not allowed here; use GET, PATCH, DELETE.',
    ]);
  });

  test('is never ambiguous: a name cannot look like an id', async () => {
    const first = await create();
    const answer = await call('POST', '/sandboxes', { name: `a${first.slice(1)}` });
    expect([answer.status, answer.body]).toEqual([400, expect.stringMatching(/looks like an id/)]);
    const longer = await create({ name: `a${first}` });
    expect((await call('GET', `/sandboxes/a${first}`)).body.id).toBe(longer);
  });
});
