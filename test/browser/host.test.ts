import { expect, test } from 'vitest';
import { buildApp } from '../harness/browser/build-app.ts';
import { chromiumForTests } from '../harness/browser/chromium-for-tests.ts';

const { chromium, later } = chromiumForTests();

test('a host on the memory store runs a whole life in a page', async () => {
  const page = await chromium().browser.newPage();
  later(() => page.close());
  const problems: string[] = [];
  page.on('pageerror', ({ message }) => problems.push(message));
  const app = await buildApp('host-app.ts');
  // Web Crypto is there in secure contexts only, and the loopback address is one.
  await page.route('http://127.0.0.1/', (route) => route.fulfill({ contentType: 'text/html', body: app }));
  await page.goto('http://127.0.0.1/');

  expect(await page.evaluate('runLife()')).toEqual([
    'pending',
    'running',
    'suspending',
    'suspended',
    'running',
    'terminated',
    'docs 200',
  ]);
  expect(problems).toEqual([]);
});
