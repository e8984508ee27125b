import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createInspectCommand, type InspectOptions } from '../../../../src/cli/inspect/command.ts';
import { attach, inspect } from '../../../../src/cli/inspect/inspect.ts';
import { withInspector } from '../../../../src/pages/inspector-route.ts';

const folder = mkdtempSync(join(tmpdir(), 'inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The options that `inspect` reads from arguments. */
async function optionsOf(...args: string[]): Promise<InspectOptions | undefined> {
  let options: InspectOptions | undefined;
  const command = createInspectCommand((read) => {
    options = read;
  });
  await command.parseAsync(args, { from: 'user' });
  return options;
}

describe('inspect', () => {
  it('attaches to the server of this machine by default', async () => {
    expect(await optionsOf()).toMatchObject({ target: 'http://127.0.0.1:8080', isServer: true });
    expect(await optionsOf('https://example.com/api')).toMatchObject({ isServer: true });
    expect(await optionsOf('--port', '9000', '--token-file', 'token')).toMatchObject({
      port: 9000,
      tokenFile: 'token',
    });
    expect(await optionsOf('my.json', '--out', 'my.html')).toMatchObject({
      target: 'my.json',
      isServer: false,
      out: 'my.html',
    });
  });

  it('reads a token from a file, and sends it to the server', async () => {
    const tokens: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const path = join(folder, 'token');
    writeFileSync(path, 'sesame\n');
    const stops = vi.spyOn(process, 'once').mockReturnValue(process);
    const [log, error] = (['log', 'error'] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => undefined),
    );
    const options = { target, isServer: true, port: undefined, out: undefined };
    await inspect({ ...options, tokenFile: path });
    await expect
      .poll(() => error?.mock.calls.flat())
      .toContain(`${target} requires a valid token. Pass --token-file.`);
    expect(tokens[0]).toBe('Bearer sesame');
    expect(log).toHaveBeenCalledWith(expect.stringContaining(`Attached to ${target}`));
    for (const [signal, stop] of stops.mock.calls) if (signal === 'SIGINT') (stop as () => void)();
    await expect(inspect({ ...options, tokenFile: `${path}s` })).rejects.toThrow(/token-file .*: ENOENT/);
    server.close();
    vi.restoreAllMocks();
  });

  it.each([
    [['one', 'two'], 'too many arguments'],
    [['--speed', '9'], "unknown option '--speed'"],
    [['--port', 'x'], 'Invalid --port "x". Use a whole number from 0 to 65535.'],
    [['--port', '65536'], 'Invalid --port "65536".'],
    [['--port', '1.5'], 'Invalid --port "1.5".'],
    [['http://'], 'http:// is not a valid URL of a server.'],
    [['--out', 'page.html'], '--out is for a session file; it cannot be used with a server.'],
    [
      ['my.json', '--token-file', 'token'],
      '--token-file is for a server; it cannot be used with a session file.',
    ],
  ])('rejects %j', async (args, problem) => {
    await expect(optionsOf(...args)).rejects.toThrow(problem);
  });

  it('reports that it cannot reach a server, and retries', async () => {
    let report: (problem: string) => void = () => undefined;
    const problem = new Promise<string>((done) => {
      report = done;
    });
    const attached = await attach('http://127.0.0.1:1', undefined, {}, report);
    expect(await problem).toBe('Cannot reach http://127.0.0.1:1; retrying.');
    attached.stop();
  });
});

describe('the inspector beside an API', () => {
  const api = withInspector(
    async () => new Response('api'),
    () => '<p>page</p>',
  );
  const fetchText = async (path: string, method = 'GET') =>
    (await api(new Request(`http://127.0.0.1${path}`, { method }))).text();

  it('is only at /inspect', async () => {
    expect(await fetchText('/inspect')).toBe('<p>page</p>');
    expect(await fetchText('//inspect?x=1')).toBe('<p>page</p>');
    expect(await fetchText('/inspect', 'POST')).toBe('api');
    expect(await fetchText('/sandboxes/inspect')).toBe('api');
    expect(await fetchText('/')).toBe('api');
  });

  it('allows frames only in pages of the same origin', async () => {
    const { headers } = await api(new Request('http://127.0.0.1/inspect'));
    expect(headers.get('content-security-policy')).toBe("frame-ancestors 'self'");
  });
});
