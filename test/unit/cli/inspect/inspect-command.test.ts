import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/cli/help.ts';
import { attach } from '../../../../src/cli/inspect/inspect.ts';
import { readInspectOptions } from '../../../../src/cli/inspect/inspect-options.ts';
import { withInspector } from '../../../../src/pages/inspector-route.ts';

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('inspect', () => {
  it('attaches to the server of this machine, unless it is told something else', () => {
    expect(readInspectOptions([])).toMatchObject({ what: 'http://127.0.0.1:8080', isServer: true });
    expect(readInspectOptions(['https://example.com/api'])).toMatchObject({ isServer: true });
    expect(readInspectOptions(['my.json', '--out', 'my.html'])).toMatchObject({
      what: 'my.json',
      isServer: false,
      out: 'my.html',
    });
  });

  it('reads a token from a file', () => {
    const path = join(folder, 'token');
    writeFileSync(path, 'sesame\n');
    expect(readInspectOptions(['--token-file', path]).token).toBe('sesame');
    expect(() => readInspectOptions(['--token-file', `${path}s`])).toThrow('cannot be used: ENOENT');
  });

  it.each([
    [['one', 'two']],
    [['--speed', '9']],
    [['--port', 'x']],
    [['--port', '65536']],
    [['--port', '1.5']],
    [['http://']],
    [['--out', 'page.html']],
    [['my.json', '--token-file', 'token']],
  ])('refuses %j', (args) => {
    expect(() => readInspectOptions(args)).toThrow(UsageError);
  });

  it('tells that a server is not there, and goes on trying', async () => {
    let told: (problem: string) => void = () => undefined;
    const problem = new Promise<string>((done) => {
      told = done;
    });
    const attached = await attach('http://127.0.0.1:1', undefined, {}, told);
    expect(await problem).toBe('http://127.0.0.1:1 cannot be reached, or has gone; trying again.');
    attached.stop();
  });
});

describe('the inspector beside an API', () => {
  const api = withInspector(
    async () => new Response('api'),
    () => '<p>page</p>',
  );
  const ask = async (path: string, method = 'GET') =>
    (await api(new Request(`http://127.0.0.1${path}`, { method }))).text();

  it('is at /inspect, and nowhere else', async () => {
    expect(await ask('/inspect')).toBe('<p>page</p>');
    expect(await ask('//inspect?x=1')).toBe('<p>page</p>');
    expect(await ask('/inspect', 'POST')).toBe('api');
    expect(await ask('/sandboxes/inspect')).toBe('api');
    expect(await ask('/')).toBe('api');
  });

  it('lets no other page have it in a frame', async () => {
    const { headers } = await api(new Request('http://127.0.0.1/inspect'));
    expect(headers.get('content-security-policy')).toBe("frame-ancestors 'self'");
  });
});
