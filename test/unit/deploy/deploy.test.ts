import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { serveFlags } from '../../../src/cli/serve/flags.ts';

const folder = fileURLToPath(new URL('../../../deploy/', import.meta.url));
const read = (file: string) => readFileSync(folder + file, 'utf8');

const knownFlags = Object.values(serveFlags)
  .flat()
  .map(({ flags }) => flags.split(' ')[0] ?? '');

/** The flags in a text that `serve` does not know. */
const unknownFlags = (text: string) =>
  [...text.matchAll(/(?<=[\s"])--[a-z-]+/g)]
    .map(([flag]) => flag)
    .filter((flag) => !knownFlags.includes(flag));

/** Runs a program, or reports that it is missing. Throws with its output when it fails. */
function runIfPresent(program: string, args: readonly string[]): 'passed' | 'missing' {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    return 'passed';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    console.log(`skipped: ${program} is not installed`);
    return 'missing';
  }
}

describe('the systemd unit', () => {
  /** The settings by section, each with its last value. */
  const sections = () => {
    const found: Record<string, Record<string, string>> = {};
    let section = '';
    for (const line of read('sandbox-lifecycle.service').split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const [, title] = /^\[(\w+)\]$/.exec(line) ?? [];
      const [, key, value] = /^([A-Z][A-Za-z]+)=(.*)$/.exec(line) ?? [];
      expect(title ?? key, line).toBeDefined();
      if (title !== undefined) section = title;
      if (key !== undefined) found[section] = { ...found[section], [key]: value ?? '' };
    }
    return found;
  };

  test('has the settings that a restart and a stop need', () => {
    const { Service = {}, Install = {} } = sections();
    expect(Service).toMatchObject({ KillSignal: 'SIGTERM', KillMode: 'process', Restart: 'on-failure' });
    expect(Number(Service['TimeoutStopSec'])).toBeGreaterThan(10);
    expect(Service['ExecReload']).toContain('-HUP $MAINPID');
    expect(Service['ExecStart']).toContain('--tokens');
    expect(unknownFlags(Service['ExecStart'] ?? '')).toEqual([]);
    expect(Install['WantedBy']).toBe('multi-user.target');
  });

  test('is accepted by systemd', ({ skip }) => {
    const copy = mkdtempSync(join(tmpdir(), 'unit-'));
    try {
      const unit = join(copy, 'sandbox-lifecycle.service');
      writeFileSync(unit, read('sandbox-lifecycle.service'));
      if (runIfPresent('systemd-analyze', ['verify', unit]) === 'missing') skip();
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

describe('the Dockerfile', () => {
  /** The instructions, with continued lines joined. */
  const instructions = read('Dockerfile')
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean)
    .map((line) => [line.split(' ')[0] ?? '', line.slice(line.indexOf(' ') + 1)] as const);

  test('has known instructions, and arguments that are JSON where they begin with a bracket', () => {
    const known = [
      'FROM',
      'ARG',
      'RUN',
      'VOLUME',
      'USER',
      'ENV',
      'EXPOSE',
      'HEALTHCHECK',
      'ENTRYPOINT',
      'CMD',
    ];
    expect(instructions.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
    for (const [, value] of instructions) {
      const json = /\[.*$/.exec(value)?.[0];
      if (json !== undefined) expect(() => JSON.parse(json)).not.toThrow();
    }
  });

  test('runs the server without root, with tokens, as process 1', () => {
    const argumentOf = (name: string) => instructions.find(([found]) => found === name)?.[1] ?? '';
    expect(argumentOf('USER')).toBe('node');
    const [program, command, ...flags] = JSON.parse(argumentOf('ENTRYPOINT')) as string[];
    expect([program, command]).toEqual(['sandbox-lifecycle-server', 'serve']);
    expect(flags).toContain('--tokens');
    expect(unknownFlags(` ${flags.join(' ')}`)).toEqual([]);
  });
});

describe('compose.yaml', () => {
  test('has a server that stops in time, and a proxy that waits for it', ({ skip }) => {
    const yaml = parserOfYaml();
    if (yaml === undefined) return skip('no parser of YAML is installed');
    const { services, secrets, volumes } = yaml.parse(read('compose.yaml'));
    expect(parseInt(services.server.stop_grace_period, 10)).toBeGreaterThan(10);
    expect(
      services.server.command.filter((flag: string) => flag.startsWith('--') && !knownFlags.includes(flag)),
    ).toEqual([]);
    expect(services.proxy.depends_on.server.condition).toBe('service_healthy');
    for (const secret of services.server.secrets) expect(secrets).toHaveProperty(secret);
    for (const volume of services.server.volumes) expect(volumes).toHaveProperty(volume.split(':')[0]);
  });
});

describe('compose.hosts.yaml', () => {
  test('has two servers that share a database, stop in time, and differ only in their names', ({ skip }) => {
    const yaml = parserOfYaml();
    if (yaml === undefined) return skip('no parser of YAML is installed');
    const { services, secrets, volumes } = yaml.parse(read('compose.hosts.yaml'), { merge: true });
    const hosts = [services['host-a'], services['host-b']];
    for (const [index, host] of hosts.entries()) {
      // Running operations may take 10 s of the 25 s of a stop.
      expect(parseInt(host.stop_grace_period, 10)).toBeGreaterThan(25);
      const flags = Object.keys(host.environment).map(
        (name) => `--${name.replace('SANDBOX_LIFECYCLE_', '').toLowerCase().replaceAll('_', '-')}`,
      );
      expect(flags.filter((flag) => !knownFlags.includes(flag))).toEqual([]);
      expect(flags).toEqual(expect.arrayContaining(['--store', '--driver', '--host-name']));
      expect(host.environment.SANDBOX_LIFECYCLE_STORE).toMatch(
        /^postgres:\/\/sandboxes:\$\{POSTGRES_PASSWORD:\?.*\}@database:5432\/sandboxes$/,
      );
      expect(host.build.args.EXTRA).toMatch(/^pg@/);
      expect(host.depends_on.database.condition).toBe('service_healthy');
      expect(services.proxy.depends_on[`host-${'ab'[index]}`].condition).toBe('service_healthy');
      for (const secret of host.secrets) expect(secrets).toHaveProperty(secret);
    }
    const [a, b] = hosts.map(({ environment: { SANDBOX_LIFECYCLE_HOST_NAME: name, ...rest }, ...host }) => ({
      name,
      host: { ...host, environment: rest },
    }));
    expect(a?.host).toEqual(b?.host);
    expect(a?.name).not.toBe(b?.name);
    expect(services.database.environment.POSTGRES_DB).toBe('sandboxes');
    for (const volume of services.database.volumes) expect(volumes).toHaveProperty(volume.split(':')[0]);
    const proxied = [...read('nginx.hosts.conf').matchAll(/^\s*server ([\w-]+):8080/gm)].map(
      ([, name]) => name,
    );
    expect(proxied).toEqual(['host-a', 'host-b']);
  });
});

describe.each(['nginx.conf', 'nginx.hosts.conf'])('%s', (name) => {
  const text = read(name).replace(/#.*$/gm, '');

  test('passes event streams on at once, and speaks HTTP/2', () => {
    for (const directive of ['proxy_buffering off', 'http2 on', 'listen 443 ssl', 'proxy_http_version 1.1'])
      expect(text).toContain(`${directive};`);
    expect(Number(/proxy_read_timeout (\d+)s/.exec(text)?.[1])).toBeGreaterThan(60);
    const statements = text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    expect(statements.filter((line) => !/[;{}]$/.test(line))).toEqual([]);
    expect(text.split('{').length).toBe(text.split('}').length);
  });

  test('is accepted by nginx', ({ skip }) => {
    const copy = mkdtempSync(join(tmpdir(), 'nginx-'));
    try {
      // Without the certificate and the name of the container, which only the installation has.
      const file = join(copy, 'nginx.conf');
      const local = read(name)
        .replace(/server [\w-]+:8080/g, 'server 127.0.0.1:8080')
        .replace(/^\s*ssl_certificate.*$/gm, '')
        .replace('443 ssl', '443');
      writeFileSync(file, `pid ${join(copy, 'pid')};\n${local}`);
      if (runIfPresent('nginx', ['-t', '-c', file]) === 'missing') skip();
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

/** The parser that another package has installed, if any. */
function parserOfYaml():
  | { parse(text: string, options?: { readonly merge: boolean }): ReturnType<typeof JSON.parse> }
  | undefined {
  try {
    return createRequire(import.meta.url)('yaml');
  } catch {
    console.log('skipped: no parser of YAML is installed');
    return undefined;
  }
}
