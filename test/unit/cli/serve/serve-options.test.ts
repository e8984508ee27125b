import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { serveHelp, UsageError } from '../../../../src/cli/help.ts';
import { readServeOptions } from '../../../../src/cli/options.ts';
import { serveFlags, variableOf } from '../../../../src/cli/serve/serve-flags.ts';
import { defaultPolicy } from '../../../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'serve-options-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const read = (...args: string[]) => readServeOptions(args, {});
const sha256 = createHash('sha256').update('a').digest('hex');

test('without any, it serves this machine alone, with limits that nobody meets', () => {
  expect(read()).toEqual({
    host: '127.0.0.1',
    port: 8080,
    portAsked: false,
    publicUrl: undefined,
    data: './data',
    tokens: undefined,
    origins: [],
    rateLimit: { perSecond: 5_000, burst: 10_000 },
    driver: 'process',
    simulation: { latencyMs: 0, failures: 0, seed: 1 },
    policy: defaultPolicy,
    logLevel: 'info',
  });
});

test('each is read', () => {
  const tokens = file('tokens', `${sha256} team ada`);
  const policy = file('policy.json', '{ "suspendRetryDelaySeconds": 5, "planMaximumSeconds": 60 }');
  const options = read(
    ...['--host', '0.0.0.0', '--port', '0', '--data', 'd', '--tokens', tokens, '--driver', 'simulated'],
    ...['--latency', '3s', '--failures', '0.3', '--seed', '7', '--policy', policy, '--idle'],
    ...['--plan-maximum', '3600', '--rate-limit', '10/20', '--log-level', 'warn'],
    ...['--origins', 'https://a.example, http://b.example:3000', '--public-url', 'https://api.example/x'],
  );
  expect(options).toEqual({
    host: '0.0.0.0',
    port: 0,
    portAsked: true,
    publicUrl: 'https://api.example/x',
    data: 'd',
    tokens: [{ sha256, namespace: 'team', name: 'ada' }],
    origins: ['https://a.example', 'http://b.example:3000'],
    rateLimit: { perSecond: 10, burst: 20 },
    driver: 'simulated',
    simulation: { latencyMs: 3_000, failures: 0.3, seed: 7 },
    policy: {
      ...defaultPolicy,
      suspendRetryDelaySeconds: 5,
      planMaximumSeconds: 3600,
      timeoutMeasures: 'idle',
    },
    logLevel: 'warn',
  });
  expect(read('--rate-limit', '10').rateLimit).toEqual({ perSecond: 10, burst: 10 });
  expect(read('--rate-limit', 'off').rateLimit).toBeUndefined();
  expect(read('--latency', '500ms').simulation.latencyMs).toBe(500);
  expect(['0', '1', '.5', '1.0'].map((share) => read('--failures', share).simulation.failures)).toEqual([
    0, 1, 0.5, 1,
  ]);
});

test('a flag wins over the environment, and an empty variable is none', () => {
  const environment = {
    SANDBOX_LIFECYCLE_PORT: '9000',
    SANDBOX_LIFECYCLE_IDLE: 'true',
    SANDBOX_LIFECYCLE_PLAN_MAXIMUM: '60',
    SANDBOX_LIFECYCLE_DATA: '',
  };
  expect(readServeOptions([], environment)).toMatchObject({
    port: 9000,
    portAsked: true,
    data: './data',
    policy: { timeoutMeasures: 'idle', planMaximumSeconds: 60 },
  });
  expect(readServeOptions(['--port', '0'], environment).port).toBe(0);
  expect(() => readServeOptions([], { SANDBOX_LIFECYCLE_PORT: 'x' })).toThrow(
    'SANDBOX_LIFECYCLE_PORT x is no port.',
  );
  expect(() => readServeOptions([], { SANDBOX_LIFECYCLE_IDLE: 'maybe' })).toThrow(
    'SANDBOX_LIFECYCLE_IDLE maybe is neither true nor false.',
  );
});

describe('what cannot be meant', () => {
  test.each([
    [['--speed', '9'], /^Unknown option '--speed'/],
    [['--port', '65536'], '--port 65536 is no port.'],
    [['--port', '1e3'], '--port 1e3 is no port.'],
    [['--driver', 'magic'], '--driver magic is not there; there are process and simulated.'],
    [['--latency', '3'], '--latency 3 is no time; give one such as 500ms or 3s.'],
    [['--failures', '1.1'], '--failures 1.1 is no share; give a number from 0 to 1.'],
    [['--failures', '30%'], '--failures 30% is no share; give a number from 0 to 1.'],
    [['--seed', '-1'], /argument is ambiguous/],
    [['--seed', 'x'], '--seed x is no seed; give a whole number from 0 to 4294967295.'],
    [['--rate-limit', '0'], /^--rate-limit 0 is no limit/],
    [['--origins', 'console.example'], /^--origins console.example is no list of origins/],
    [['--origins', 'https://a.example/path'], /is no list of origins/],
    [['--origins', '*'], /is no list of origins/],
    [['--public-url', 'api.example'], /^--public-url api.example is no http or https URL\.$/],
    [['--log-level', 'loud'], /^--log-level loud is no level; there are trace, debug/],
    [['--plan-maximum', '0'], /^--plan-maximum 0 cannot be: /],
    [['--host', '0.0.0.0'], /^--host 0\.0\.0\.0 can be reached from elsewhere; give --tokens/],
    [['--host', 'example.org'], /can be reached from elsewhere/],
  ])('%j is a sentence', (args, sentence) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(sentence);
  });

  test('a file that cannot be used is named', () => {
    expect(() => read('--tokens', '/no/such/file')).toThrow('--tokens /no/such/file cannot be used: ENOENT');
    expect(() => read('--policy', file('bad.json', '{'))).toThrow(/^--policy .*bad\.json cannot be used: /);
    expect(() => read('--policy', file('odd.json', '{"boot":1}'))).toThrow(
      /policy\.boot is not a field; leave it out/,
    );
  });
});

test('the help has every flag, and where else it can be given', () => {
  for (const { name } of serveFlags.flatMap((group) => [...group.flags]))
    expect(serveHelp).toContain(`--${name}`);
  expect(variableOf('rate-limit')).toBe('SANDBOX_LIFECYCLE_RATE_LIMIT');
  for (const line of serveHelp.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});
