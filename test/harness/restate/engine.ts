import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The folder with the packages of Restate: that of `npm run test:restate`, or the one in the variable. */
const packages = process.env['SANDBOX_LIFECYCLE_TEST_RESTATE'] ?? join(root, 'node_modules/.cache/restate');
const scope = join(packages, 'node_modules/@restatedev');
const binary = join(scope, `restate-server-${process.platform}-${process.arch}/bin/restate-server`);

/** Why the sample cannot run here; undefined when it can. Throws instead when `REQUIRE_RESTATE` is set. */
export function restateSkipped(): string | undefined {
  const missing = [binary, join(scope, 'restate-sdk/package.json')].find((file) => !existsSync(file));
  if (missing === undefined) return undefined;
  const reason = `the packages of Restate are not installed; "npm run test:restate" installs them and runs this test`;
  if (process.env['REQUIRE_RESTATE']) throw new Error(`REQUIRE_RESTATE is set, but ${reason}.`);
  console.warn(`The test of the Restate sample is skipped: ${reason}.`);
  return reason;
}

/** A Restate server with the sample of docs/engines.md as its service. */
export interface Engine {
  /** Calls a handler of an object. Repeats the call, under one idempotency key, until it is answered. */
  call<Answer>(object: string, key: string, handler: string, body?: unknown): Promise<Answer>;
  /** Kills the process of the service with SIGKILL, and starts another one. */
  killService(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Restate server and the sample, whose driver is at this address. */
export async function startEngine(platformUrl: string): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'restate-'));
  const [servicePort, ingressPort, adminPort, nodePort] = await freePorts(4);
  const ingress = `http://127.0.0.1:${ingressPort}`;
  const admin = `http://127.0.0.1:${adminPort}`;
  writeProgram(folder);

  const options = ['--base-dir', join(folder, 'data'), '--no-logo', '--listen-mode', 'tcp'];
  const server = spawn(binary, [...options, '--default-num-partitions', '1'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingressPort}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${adminPort}`,
      RESTATE_BIND_ADDRESS: `127.0.0.1:${nodePort}`,
    },
  });
  const startService = () =>
    spawn(process.execPath, ['service.mjs'], {
      cwd: folder,
      stdio: 'ignore',
      env: { ...process.env, PLATFORM: platformUrl, PORT: `${servicePort}`, INGRESS: ingress },
    });
  let service = startService();
  let calls = 0;

  async function stop(): Promise<void> {
    await Promise.all([kill(service), kill(server)]);
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    const deployment = JSON.stringify({ uri: `http://127.0.0.1:${servicePort}`, force: true });
    await answered(() => post(`${admin}/deployments`, deployment));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    async call(object, key, handler, body) {
      const headers = body === undefined ? {} : { 'idempotency-key': `call-${calls++}` };
      const url = `${ingress}/${object}/${key}/${handler}`;
      const response = await answered(() =>
        post(url, body === undefined ? undefined : JSON.stringify(body), headers),
      );
      return JSON.parse((await response.text()) || 'null');
    },
    async killService() {
      await kill(service);
      service = startService();
    },
    stop,
  };
}

/** Writes the sample as a program that finds the package and Restate. */
function writeProgram(folder: string): void {
  const page = readFileSync(join(root, 'docs/engines.md'), 'utf8');
  const program = /^```mjs\n(.*?)^```$/ms.exec(page)?.[1];
  if (program === undefined) throw new Error('docs/engines.md must have the sample.');
  writeFileSync(join(folder, 'service.mjs'), program);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/sandbox-lifecycle'));
  symlinkSync(scope, join(folder, 'node_modules/@restatedev'));
}

function post(url: string, body?: string, headers: Record<string, string> = {}): Promise<Response> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  return fetch(url, {
    method: 'POST',
    headers: { ...json, ...headers },
    ...(body !== undefined && { body }),
  });
}

/** Repeats a request until it succeeds. A service that starts again cannot be reached for a moment. */
async function answered(request: () => Promise<Response>): Promise<Response> {
  let problem: unknown;
  for (const end = Date.now() + 300_000; Date.now() < end; await sleep(100)) {
    try {
      const response = await request();
      if (response.ok) return response;
      problem = `${response.status}: ${await response.text()}`;
    } catch (error) {
      problem = error;
    }
  }
  throw new Error(`The request was never answered: ${problem}`);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
