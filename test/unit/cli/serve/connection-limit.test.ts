import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  connectionLimit,
  connectionLimitFrom,
  limitConnections,
  reservedDescriptors,
} from '../../../../src/cli/serve/connection-limit.ts';
import { greeting } from '../../../../src/cli/serve/greeting.ts';
import { serveOptionsOf } from '../../../harness/cli/serve-options.ts';

const limits = (soft: string) =>
  `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft.padEnd(20)} 524288               files\n`;

describe('the limit of connections', () => {
  test('leaves a reserve of descriptors', () => {
    expect(connectionLimitFrom(limits('160'), 30)).toEqual({
      openFiles: 160,
      connections: 130 - reservedDescriptors,
    });
    expect(connectionLimitFrom(limits('1048576'), 30)?.connections).toBe(1_048_546 - reservedDescriptors);
  });

  test('allows some connections with very few descriptors', () => {
    expect(connectionLimitFrom(limits('64'), 30)?.connections).toBe(8);
  });

  test('is absent where the system has none or does not show it', () => {
    expect(connectionLimitFrom(limits('unlimited'), 30)).toBe(undefined);
    expect(connectionLimitFrom('', 30)).toBe(undefined);
    if (process.platform === 'linux') expect(connectionLimit()?.openFiles).toBeGreaterThan(0);
  });
});

describe('a server with a limit', () => {
  let server: Server;
  const sockets: Socket[] = [];

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  async function open(): Promise<{ socket: Socket; ended: Promise<unknown> }> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    const ended = once(socket, 'close').catch(() => {});
    socket.on('error', () => {});
    // Without a reader, the end of a connection is never seen.
    socket.resume();
    await once(socket, 'connect');
    return { socket, ended };
  }

  test('refuses more connections, reports that once, and frees the idle ones', async () => {
    server = createServer((_, response) => response.end('ok'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const reports: string[] = [];
    limitConnections(server, { connections: 2, openFiles: 100 }, ({ message }) => reports.push(message));

    const idle = await open();
    idle.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(idle.socket, 'data');
    await open();
    await (await open()).ended;
    await idle.ended;
    expect(reports).toEqual([
      'Refused a connection: 2 are open, the most with a limit of 100 open files. Raise the limit with ulimit -n.',
    ]);

    const next = await open();
    next.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [answer] = await once(next.socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200/);
  });
});

const address = { port: 1, address: '', family: 'IPv4' };

test('the first text of the server names a low limit', () => {
  const options = serveOptionsOf([]);
  const text = (connections: number) => greeting(address, options, '/data', { connections, openFiles: 160 });
  expect(text(66)).toContain('At most 66 connections: the limit of open files is 160 (ulimit -n).');
  expect(text(5_000)).not.toContain('At most');
});

test('the greeting says what the mode for a restored database waits for', () => {
  const text = (...args: string[]) => greeting(address, serveOptionsOf(args), '/data');
  expect(text('--restored')).toContain('sandbox-lifecycle orphans');
  expect(text()).not.toContain('Restored');
});
