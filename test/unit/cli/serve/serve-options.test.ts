import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/cli/errors.ts';
import { createServeCommand, variableOf } from '../../../../src/cli/serve/command.ts';
import { serveFlags } from '../../../../src/cli/serve/flags.ts';
import { defaultPolicy } from '../../../../src/index.ts';
import { serveOptionsOf } from '../../../harness/cli/serve-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'serve-options-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const read = (...args: string[]) => serveOptionsOf(args);
const sha256 = createHash('sha256').update('a').digest('hex');

test('a policy file may have the quotas of each namespace', () => {
  const policy = file('quotas.json', '{ "planMaximumSeconds": 60, "quotas": { "streamsAndWaits": 5 } }');
  const options = serveOptionsOf(['--policy', policy]);
  expect([options.policy.planMaximumSeconds, options.quotas?.streamsAndWaits]).toEqual([60, 5]);
  expect(serveOptionsOf([]).quotas).toBeUndefined();
});

test('a policy file may have the retention', () => {
  const policy = file(
    'retention.json',
    '{ "retention": { "deleteAfterSeconds": null, "snapshotsPerSandbox": 3 } }',
  );
  const { retention, quotas } = serveOptionsOf(['--policy', policy]);
  expect(retention).toMatchObject({
    archiveAfterSeconds: 86_400,
    deleteAfterSeconds: null,
    snapshotsPerSandbox: 3,
  });
  expect([quotas, serveOptionsOf([]).retention]).toEqual([undefined, undefined]);
});

test('by default, it serves only this machine, with generous limits', () => {
  expect(read()).toEqual({
    host: '127.0.0.1',
    port: 8080,
    isPortChosen: false,
    publicUrl: undefined,
    data: './data',
    store: undefined,
    hostName: undefined,
    aliveSeconds: 15,
    tokens: undefined,
    tokenFile: undefined,
    origins: [],
    usageNamespaces: [],
    rateLimit: { perSecond: 5_000, burst: 10_000 },
    driver: 'process',
    simulation: { latencyMs: 0, failures: 0, seed: 1 },
    presence: { absenceGraceSeconds: 60, orphanGraceSeconds: 900, orphans: 'release' },
    restored: false,
    policy: defaultPolicy,
    logLevel: 'info',
  });
});

test('a shared database needs a platform that every server reaches', () => {
  const database = 'postgres://sandboxes@db.internal/sandboxes';
  const { store, driver } = read('--store', database, '--driver', 'http://127.0.0.1:9090');
  expect([store?.href, driver]).toEqual([database, new URL('http://127.0.0.1:9090')]);
  for (const name of ['process', 'simulated'])
    expect(() => read('--store', database, '--driver', name)).toThrow(
      `only one process reaches the sandboxes of --driver ${name}. Pass the http URL of a platform as --driver.`,
    );
  const named = () =>
    read('--store', database, '--driver', 'http://127.0.0.1:9090', '--host-name', 'web-1').hostName;
  const [first, again] = [named(), named()];
  expect(first).toMatch(/^web-1-[0-9a-f]{6}$/);
  expect(again).not.toBe(first);
  expect(() => read('--host-name', 'web 1')).toThrow(/Invalid --host-name "web 1"\. Use 1 to 100 letters/);
  expect(() => read('--store', 'mysql://x')).toThrow('Use the URL of a PostgreSQL database');
});

test('every flag is read', () => {
  const tokens = file('tokens', `${sha256} team ada`);
  const policy = file('policy.json', '{ "suspendRetryDelaySeconds": 5, "planMaximumSeconds": 60 }');
  const options = read(
    ...['--host', '0.0.0.0', '--port', '0', '--data', 'd', '--tokens', tokens, '--driver', 'simulated'],
    ...['--latency', '3s', '--failures', '0.3', '--seed', '7', '--policy', policy, '--idle'],
    ...['--absence-grace', '5', '--orphan-grace', '7', '--orphans', 'keep'],
    ...['--plan-maximum', '3600', '--rate-limit', '10/20', '--log-level', 'warn'],
    ...['--usage-metrics', 'acme, globex', '--alive', '5'],
    ...['--origins', 'https://a.example, http://b.example:3000', '--public-url', 'https://api.example/x'],
  );
  expect(options).toEqual({
    host: '0.0.0.0',
    port: 0,
    isPortChosen: true,
    publicUrl: 'https://api.example/x',
    data: 'd',
    store: undefined,
    hostName: undefined,
    aliveSeconds: 5,
    tokens: [{ sha256, namespace: 'team', name: 'ada' }],
    tokenFile: tokens,
    origins: ['https://a.example', 'http://b.example:3000'],
    usageNamespaces: ['acme', 'globex'],
    rateLimit: { perSecond: 10, burst: 20 },
    driver: 'simulated',
    simulation: { latencyMs: 3_000, failures: 0.3, seed: 7 },
    presence: { absenceGraceSeconds: 5, orphanGraceSeconds: 7, orphans: 'keep' },
    restored: false,
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

test('a flag overrides the environment, and an empty variable is ignored', () => {
  const environment = {
    SANDBOX_LIFECYCLE_PORT: '9000',
    SANDBOX_LIFECYCLE_IDLE: 'true',
    SANDBOX_LIFECYCLE_PLAN_MAXIMUM: '60',
    SANDBOX_LIFECYCLE_DATA: '',
  };
  expect(serveOptionsOf([], environment)).toMatchObject({
    port: 9000,
    isPortChosen: true,
    data: './data',
    policy: { timeoutMeasures: 'idle', planMaximumSeconds: 60 },
  });
  expect(serveOptionsOf(['--port', '0'], environment).port).toBe(0);
  expect(() => serveOptionsOf([], { SANDBOX_LIFECYCLE_PORT: 'x' })).toThrow(
    'Invalid SANDBOX_LIFECYCLE_PORT "x". Use a whole number from 0 to 65535.',
  );
  expect(() => serveOptionsOf([], { SANDBOX_LIFECYCLE_IDLE: 'maybe' })).toThrow(
    'Invalid SANDBOX_LIFECYCLE_IDLE "maybe". Use true or false.',
  );
  expect(() => serveOptionsOf([], { SANDBOX_LIFECYCLE_DRIVER: 'magic' })).toThrow(
    'Unknown driver "magic" in SANDBOX_LIFECYCLE_DRIVER. Use process, simulated, or the http URL of a platform.',
  );
  expect(serveOptionsOf(['--idle'], { SANDBOX_LIFECYCLE_IDLE: 'false' }).policy.timeoutMeasures).toBe('idle');
  expect(serveOptionsOf([], { SANDBOX_LIFECYCLE_IDLE: '0' }).policy.timeoutMeasures).toBe('lifetime');
});

describe('values that are not valid', () => {
  test.each([
    [['--port', '65536'], 'Invalid --port "65536". Use a whole number from 0 to 65535.'],
    [['--port', '1e3'], 'Invalid --port "1e3". Use a whole number from 0 to 65535.'],
    [['--driver', 'magic'], 'Unknown driver "magic". Use process, simulated, or the http URL of a platform.'],
    [['--latency', '3'], 'Invalid --latency "3". Use a duration such as 500ms or 3s.'],
    [['--failures', '1.1'], 'Invalid --failures "1.1". Use a number from 0 to 1.'],
    [['--failures', '30%'], 'Invalid --failures "30%". Use a number from 0 to 1.'],
    [['--seed', '-1'], 'Invalid --seed "-1". Use a whole number from 0 to 4294967295.'],
    [['--seed', 'x'], 'Invalid --seed "x". Use a whole number from 0 to 4294967295.'],
    [['--rate-limit', '0'], /^Invalid --rate-limit "0"\. Use requests per second such as 100, .* or off\.$/],
    [['--origins', 'console.example'], /^Invalid --origins "console.example"\. Use origins such as https:/],
    [['--origins', 'https://a.example/path'], /^Invalid --origins/],
    [['--origins', '*'], /^Invalid --origins/],
    [['--usage-metrics', 'a b'], /^Invalid --usage-metrics "a b"\. Use at most 100 namespaces/],
    [['--public-url', 'api.example'], 'Invalid --public-url "api.example". Use an http or https URL.'],
    [
      ['--log-level', 'loud'],
      /^Unknown log level "loud"\. Use trace, debug, info, warn, error, fatal or silent\.$/,
    ],
    [['--plan-maximum', '0'], /^Invalid --plan-maximum "0"\. Use a whole number from 1 to /],
    [['--host', '0.0.0.0'], /^Other machines can reach --host 0\.0\.0\.0\. Pass --tokens/],
    [['--host', 'example.org'], /^Other machines can reach --host/],
  ])('%j is rejected with a sentence', (args, sentence) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(sentence);
  });

  test('the error names a file that cannot be used', () => {
    expect(() => read('--tokens', '/no/such/file')).toThrow('Cannot use --tokens /no/such/file: ENOENT');
    expect(() => read('--policy', file('bad.json', '{'))).toThrow(/^Cannot use --policy .*bad\.json: /);
    expect(() => read('--policy', file('quotas.json', '{"quotas":{"streams":1}}'))).toThrow(
      /quotas\.streams is not a field; omit it/,
    );
    expect(() => read('--policy', file('null.json', '{"quotas":null}'))).toThrow(/quotas must be/);
    expect(() => read('--policy', file('retention.json', '{"retention":{"days":1}}'))).toThrow(
      /retention\.days is not a field; omit it/,
    );
    expect(() => read('--policy', file('list.json', '[]'))).toThrow(/policy must be/);
    expect(() => read('--policy', file('list.json', '[]'))).toThrow(/policy must be/);
    expect(() => read('--policy', file('odd.json', '{"boot":1}'))).toThrow(
      /policy\.boot is not a field; omit it/,
    );
  });
});

test('an unknown flag is rejected, and the error suggests the right one', () => {
  expect(() => read('--speed', '9')).toThrow("unknown option '--speed'");
  expect(() => read('--prot', '9')).toThrow('Did you mean --port?');
});

test('the help has every flag, and an example of an environment variable', () => {
  let help = '';
  const command = createServeCommand({}, () => undefined);
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  for (const [title, flags] of Object.entries(serveFlags)) {
    expect(help).toContain(title);
    for (const flag of flags) expect(help).toContain(flag.flags);
  }
  expect(help).toContain('SANDBOX_LIFECYCLE_PORT=8080');
  expect(variableOf('rate-limit')).toBe('SANDBOX_LIFECYCLE_RATE_LIMIT');
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
});

test('--restored is read', () => {
  expect(read('--restored').restored).toBe(true);
});
