import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeError } from '../../../src/cli/errors.ts';

const notFound = (message: string) => Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });

it('has the command that installs a missing package', () => {
  const missing = notFound("Cannot find package 'pino' imported from /somewhere/dist/serve.js");
  expect(describeError(missing)).toBe(
    'The package pino is not installed. Install it with: npm i zod hono @hono/node-server pino prom-client',
  );
  expect(describeError(notFound("Cannot find package '@photostructure/sqlite' imported from x"))).toMatch(
    /npm i @photostructure\/sqlite$/,
  );
  const fromRequire = Object.assign(
    new Error("Cannot find module '@photostructure/sqlite'\nRequire stack:\n- x"),
    {
      code: 'MODULE_NOT_FOUND',
    },
  );
  expect(describeError(fromRequire)).toBe(
    'The package @photostructure/sqlite is not installed. Install it with: npm i @photostructure/sqlite',
  );
});

it('understands the message of this version of Node', () => {
  const code =
    "import('no-such-package').catch(({ message, code }) => console.log(JSON.stringify({ message, code })))";
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  const error = Object.assign(new Error(), JSON.parse(output));
  expect(describeError(error)).toBe(
    'The package no-such-package is not installed. Install it with: npm i no-such-package',
  );
});

it('keeps the message of every other error', () => {
  expect(describeError(new Error('The disk is full.'))).toBe('The disk is full.');
  expect(describeError(notFound("Cannot find module '/x.js'"))).toBe("Cannot find module '/x.js'");
  expect(describeError('text')).toBe('text');
});
