import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { sentenceOf } from '../../../src/cli/missing.ts';

const notFound = (message: string) => Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });

it('tells how to install what is missing', () => {
  const missing = notFound("Cannot find package 'pino' imported from /somewhere/dist/serve.js");
  expect(sentenceOf(missing)).toBe(
    'The package pino is not installed, and this needs it: npm i zod hono @hono/node-server pino prom-client',
  );
  expect(sentenceOf(notFound("Cannot find package '@photostructure/sqlite' imported from x"))).toMatch(
    /npm i @photostructure\/sqlite$/,
  );
});

it('understands what this Node says', () => {
  const code =
    "import('no-such-package').catch(({ message, code }) => console.log(JSON.stringify({ message, code })))";
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  const error = Object.assign(new Error(), JSON.parse(said));
  expect(sentenceOf(error)).toBe(
    'The package no-such-package is not installed, and this needs it: npm i no-such-package',
  );
});

it('leaves every other error its own sentence', () => {
  expect(sentenceOf(new Error('The disk is full.'))).toBe('The disk is full.');
  expect(sentenceOf(notFound("Cannot find module '/x.js'"))).toBe("Cannot find module '/x.js'");
  expect(sentenceOf('text')).toBe('text');
});
