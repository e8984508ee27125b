import { describe, expect, it } from 'vitest';
import { withConsole } from '../../../src/pages/index.ts';

const encoder = new TextEncoder();
const files = {
  page: '<script nonce="%CSP_NONCE%" src="./console/assets/a.js"></script><style nonce="%CSP_NONCE%"></style>',
  assets: new Map([
    [
      'a.js',
      {
        body: encoder.encode('go()'),
        gzipped: encoder.encode('compressed'),
        type: 'text/javascript; charset=utf-8',
      },
    ],
  ]),
};
const api = async (request: Request) => new Response(`the API: ${request.method}`, { status: 404 });
const send = (path: string, init?: RequestInit) =>
  withConsole(api, files)(new Request(`http://127.0.0.1${path}`, init));

describe('the console route', () => {
  it('serves the page at the root, with a new nonce in each response and in its policy', async () => {
    const [one, other] = [await send('/'), await send('/')];
    const policy = one.headers.get('content-security-policy') ?? '';
    const nonce = /script-src 'nonce-([\w+/=]{24})'/.exec(policy)?.[1] ?? 'none';
    const html = await one.text();
    expect(html.match(/nonce="[^"]*"/g)).toEqual([`nonce="${nonce}"`, `nonce="${nonce}"`]);
    expect(policy).toContain(`style-src 'nonce-${nonce}'`);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(one.headers.get('cache-control')).toBe('no-store');
    expect(await other.text()).not.toBe(html);
  });

  it('serves the assets as immutable', async () => {
    const asset = await send('/console/assets/a.js');
    expect(await asset.text()).toBe('go()');
    expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('compresses the assets for clients that accept gzip', async () => {
    const asset = await send('/console/assets/a.js', { headers: { 'accept-encoding': 'br, gzip' } });
    expect(asset.headers.get('content-encoding')).toBe('gzip');
    expect(asset.headers.get('vary')).toBe('accept-encoding');
    expect(await asset.text()).toBe('compressed');
  });

  it.each([
    '//',
    '/sandboxes',
    '/console',
    '/console/assets/',
    '/console/assets/other.js',
    '/console/assets/..%2f..%2fpackage.json',
    '/console/assets/%2e%2e/a.js',
    '/console/assets/__proto__',
    '/index.html',
  ])('passes %s to the API', async (path) => {
    expect((await send(path)).status).toBe(404);
  });

  it.each(['POST', 'DELETE', 'OPTIONS'])('passes a %s to the API', async (method) => {
    expect(await (await send('/', { method })).text()).toBe(`the API: ${method}`);
  });
});
