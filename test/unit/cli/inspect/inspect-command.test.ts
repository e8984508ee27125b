import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
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

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  vi.restoreAllMocks();
});

/** Starts a server, and returns its URL. */
async function serve(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Runs the command for a server. Returns all lines that it prints, and the function that its signals call. */
async function run(options: Pick<InspectOptions, 'target' | 'tokenFile'>) {
  const lines: string[] = [];
  const stops = vi.spyOn(process, 'once').mockReturnValue(process);
  for (const level of ['log', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(line));
  await inspect({ ...options, isServer: true, port: undefined, out: undefined });
  return {
    lines,
    stop() {
      for (const [signal, stop] of stops.mock.calls) if (signal === 'SIGINT') (stop as () => void)();
    },
  };
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

  it('reads a token from a file, sends it to the server, and says that it is not attached when it is refused', async () => {
    const tokens: (string | undefined)[] = [];
    const target = await serve((request, response) => {
      tokens.push(request.headers.authorization);
      response.writeHead(401).end();
    });
    const path = join(folder, 'token');
    writeFileSync(path, 'sesame\n');
    const { lines, stop } = await run({ target, tokenFile: path });
    await expect
      .poll(() => lines)
      .toContain(`Not attached: ${target} requires a valid token. Pass --token-file.`);
    expect(tokens[0]).toBe('Bearer sesame');
    expect(lines.join('\n')).not.toContain('Attached to');
    stop();
    await expect(
      inspect({ target, isServer: true, port: undefined, out: undefined, tokenFile: `${path}s` }),
    ).rejects.toThrow(/token-file .*: ENOENT/);
  });

  it('says that it is attached once the stream is open, and not before', async () => {
    let respond: (response: ServerResponse) => void = () => undefined;
    const requested = new Promise<ServerResponse>((done) => {
      respond = done;
    });
    const target = await serve((_, response) => respond(response));
    const { lines, stop } = await run({ target, tokenFile: undefined });
    const response = await requested;
    expect(lines.join('\n')).toContain(`Attaching to ${target}`);
    expect(lines.join('\n')).not.toContain('Attached to');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    await expect.poll(() => lines).toContain(`Attached to ${target}`);
    stop();
  });

  it.each([
    [503, {}, 'responded with status 503; retrying.'],
    [404, {}, 'responded with status 404 and no stream of sandboxes. Check the URL.'],
    [
      200,
      { 'content-type': 'text/html' },
      'responded with status 200 and no stream of sandboxes. Check the URL.',
    ],
  ])('says why it is not attached when the server responds with %i', async (status, headers, problem) => {
    const target = await serve((_, response) => {
      response.writeHead(status, headers).end();
    });
    const { lines, stop } = await run({ target, tokenFile: undefined });
    await expect.poll(() => lines).toContain(`Not attached: ${target} ${problem}`);
    stop();
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
    expect(await problem).toBe('Not attached: cannot reach http://127.0.0.1:1; retrying.');
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
