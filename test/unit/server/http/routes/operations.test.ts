import { createHash } from 'node:crypto';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { register } from 'prom-client';
import { describe, expect, test } from 'vitest';
import type { ApiObservation, Observation } from '../../../../../src/server/index.ts';
import { DriverError, openApiDocument } from '../../../../../src/server/index.ts';
import { createLogger, logObservations } from '../../../../../src/server/telemetry/log.ts';
import { createMetrics } from '../../../../../src/server/telemetry/metrics.ts';
import { apiFixture } from '../../../../harness/server/api-fixture.ts';
import { fail, hang } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

describe('health', () => {
  test('is ok as long as the process responds, readiness as long as the host does', async () => {
    expect(await call('GET', '/healthz')).toMatchObject({ status: 200, body: 'ok' });
    expect(await call('GET', '/readyz')).toMatchObject({ status: 200, body: 'ok' });
    await host.host.close();
    expect(await call('GET', '/healthz')).toMatchObject({ status: 200, body: 'ok' });
    expect(await call('GET', '/readyz')).toMatchObject({ status: 503, body: 'The store does not respond.' });
  });

  test('is not ready while the server stops', async () => {
    api.api.close();
    expect(await call('GET', '/readyz')).toMatchObject({ status: 503, body: 'The server is stopping.' });
    expect((await call('GET', '/sandboxes')).status).toBe(200);
  });
});

describe('metrics', () => {
  /** The value of a metric. */
  const amountOf = (text: string, line: string) => {
    const found = text.split('\n').find((candidate) => candidate.startsWith(`sandbox_lifecycle_${line} `));
    return found === undefined ? undefined : Number(found.split(' ').at(-1));
  };

  test('are not served by default', async () => {
    expect((await call('GET', '/metrics')).status).toBe(404);
  });

  test('count the activity of hosts and APIs', async () => {
    const metrics = createMetrics();
    await host.restart({ observe: metrics.observe });
    api.use({ metrics });
    const id = await create({ timeout_secs: 60 });
    await call('POST', `/sandboxes/${id}/suspend`);
    await call('GET', '/nothing');
    await host.clock.advance(60_000);
    const stream = await api.api(new Request('http://127.0.0.1/sandboxes/events'));
    const answer = await call('GET', '/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const value = (line: string) => amountOf(answer.body, line);
    expect(value('transitions_total{from="none",to="pending",event="created"}')).toBe(1);
    expect(value('transitions_total{from="pending",to="running",event="boot.completed"}')).toBe(1);
    expect(value('transitions_total{from="running",to="terminated",event="timeout"}')).toBe(1);
    expect(value('refusals_total{code="ephemeral",command="suspend"}')).toBe(1);
    expect(value('operation_duration_seconds_count{kind="boot",result="completed"}')).toBe(1);
    expect(value('operation_duration_seconds_count{kind="release",result="completed"}')).toBe(1);
    expect(value('timeout_lateness_seconds_count')).toBe(1);
    expect(value('commit_duration_seconds_count')).toBeGreaterThanOrEqual(3);
    expect(value('event_streams_open')).toBe(1);
    const requests = 'http_request_duration_seconds_count';
    expect(value(`${requests}{route="/sandboxes",method="POST",status="200"}`)).toBe(1);
    expect(value(`${requests}{route="/sandboxes/{id}/suspend",method="POST",status="400"}`)).toBe(1);
    expect(value(`${requests}{route="none",method="GET",status="404"}`)).toBe(1);
    await stream.body?.cancel();
    expect(amountOf((await call('GET', '/metrics')).body, 'event_streams_open')).toBe(0);
  });

  test('have bounded labels, and their own registry', async () => {
    const metrics = createMetrics();
    api.use({ metrics });
    for (const path of ['/a', '/b', '/sandboxes/c', '/sandboxes/d', '/v1/namespaces/e/sandboxes/f']) {
      await call('GET', path);
    }
    const routes = new Set(
      [...(await metrics.render()).matchAll(/route="([^"]*)"/g)].map(([, route]) => route),
    );
    expect([...routes].sort()).toEqual(['/sandboxes/{id}', 'none']);
    metrics.observe({
      type: 'request',
      method: 'INVENTED',
      route: null,
      status: 404,
      durationMs: 1,
      requestId: '',
      namespace: null,
    });
    expect(await metrics.render()).toContain('method="other"');
    expect(await register.getMetricsAsJSON()).toEqual([]);
  });

  test('count drift, broken records and problems', async () => {
    const metrics = createMetrics({ process: true });
    metrics.observe({ type: 'drift', kind: 'missing', sandboxId: 'a' });
    metrics.observe({ type: 'broken', row: { sandboxId: 'a', namespace: 'b', problem: 'c' } });
    metrics.observe({ type: 'problem', error: new Error('d'), sandboxId: null });
    const text = await metrics.render();
    expect(amountOf(text, 'drift_total{kind="missing"}')).toBe(1);
    expect(amountOf(text, 'broken_records_total')).toBe(1);
    expect(amountOf(text, 'problems_total')).toBe(1);
    expect(text).toContain('process_resident_memory_bytes');
  });
});

describe('the log', () => {
  /** A log that collects its lines in an array. */
  function keepLog(level: 'trace' | 'info' | 'warn' = 'trace') {
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    return { lines, observe: logObservations(createLogger({ level, destination })) };
  }

  test('has a line with ids for each observation', async () => {
    const { lines, observe } = keepLog();
    await host.restart({ observe });
    api.use({ observe });
    const id = await create({}, { 'x-request-id': 'r1' });
    await call('POST', `/sandboxes/${id}/suspend`, undefined, { 'x-request-id': 'r2' });
    const found = (msg: string) => lines.filter((line) => line['msg'] === msg);
    expect(found('applied')[0]).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      msg: 'applied',
      namespace: 'default',
      sandboxId: id,
      version: 1,
      from: null,
      to: 'pending',
      event: 'created',
      cause: 'r1',
      sequence: 1,
    });
    expect(found('refused')).toEqual([
      expect.objectContaining({ level: 30, sandboxId: id, command: 'suspend', code: 'ephemeral' }),
    ]);
    expect(found('request')).toEqual([
      expect.objectContaining({ method: 'POST', route: '/sandboxes', status: 200, requestId: 'r1' }),
      expect.objectContaining({
        route: '/sandboxes/{id}/suspend',
        status: 400,
        requestId: 'r2',
        namespace: 'default',
      }),
    ]);
    expect(found('operation')).toEqual([
      expect.objectContaining({ kind: 'boot', result: 'completed', level: 20 }),
    ]);
    expect(found('committed').length).toBeGreaterThan(0);
  });

  test('names the host in every line, where several share a store', () => {
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const observe = logObservations(createLogger({ level: 'trace', destination, host: 'web-1' }));
    observe({ type: 'streams', open: 1 });
    observe({ type: 'takeover', host: 'web-1', sandboxId: 'a' });
    observe({ type: 'lease', host: 'web-1', isLost: true, held: 3 });
    observe({ type: 'lease', host: 'web-1', isLost: false, held: 0 });
    expect(lines).toEqual([
      expect.objectContaining({ host: 'web-1', msg: 'streams' }),
      expect.objectContaining({ host: 'web-1', msg: 'takeover', level: 40, sandboxId: 'a' }),
      expect.objectContaining({ host: 'web-1', level: 50, held: 3 }),
      expect.objectContaining({ host: 'web-1', level: 30 }),
    ]);
  });

  test('shows by its levels what needs an operator', () => {
    const { lines, observe } = keepLog();
    const row = { sandboxId: 'a', namespace: 'b', problem: 'c' };
    observe({ type: 'drift', kind: 'orphan', sandboxId: 'a' });
    observe({ type: 'broken', row });
    observe({
      type: 'problem',
      error: Object.assign(new Error('disk full'), { code: 'ENOSPC' }),
      sandboxId: 'a',
    });
    observe({ type: 'problem', error: 'no error', sandboxId: null, requestId: 'r' });
    observe({ type: 'timeout', sandboxId: 'a', latenessMs: 3 });
    observe({
      type: 'operation',
      sandboxId: 'a',
      operation: 1,
      kind: 'boot',
      result: 'retried',
      durationMs: 1,
    });
    observe({ type: 'streams', open: 1 });
    observe({
      type: 'request',
      method: 'GET',
      route: '/sandboxes',
      status: 500,
      durationMs: 1,
      requestId: 'r',
      namespace: null,
    });
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'drift'],
      [50, 'broken record set aside'],
      [50, 'problem'],
      [50, 'problem'],
      [20, 'timeout'],
      [40, 'operation'],
      [20, 'streams'],
      [50, 'request'],
    ]);
    expect(lines[2]).toMatchObject({ error: { name: 'Error', message: 'disk full', code: 'ENOSPC' } });
    const quiet = keepLog('warn');
    quiet.observe({ type: 'timeout', sandboxId: 'a', latenessMs: 3 });
    quiet.observe({ type: 'drift', kind: 'orphan', sandboxId: 'a' });
    expect(quiet.lines).toHaveLength(1);
  });

  test('never contains a secret, on any path', async () => {
    const { lines, observe } = keepLog();
    const seen: (Observation | ApiObservation)[] = [];
    const both = (observation: Observation | ApiObservation) => {
      seen.push(observation);
      observe(observation);
    };
    const canaries = Object.fromEntries(
      ['token', 'wrong', 'key', 'query', 'header', 'env', 'entry', 'secret', 'image', 'path', 'json'].map(
        (where) => [where, `canary-${where}-${Math.random().toString(36).slice(2)}`],
      ),
    ) as Record<string, string>;
    const name = 'canary-name-personal';
    const holder = 'canary.holder';
    const {
      token = '',
      wrong,
      key = '',
      query,
      header = '',
      entry = '',
      secret = '',
      image = '',
      path,
      json,
    } = canaries;
    await host.restart({ observe: both, policy: { timeoutMeasures: 'idle' } });
    const sha256 = createHash('sha256').update(token).digest('hex');
    const forward = () => Promise.reject(Object.assign(new Error('it broke'), { spawnargs: [entry] }));
    api.use({ observe: both, tokens: [{ sha256, namespace: 'team', name: holder }], forward });
    const headers = {
      authorization: `Bearer ${token}`,
      'idempotency-key': key,
      'x-canary': header,
      cookie: `session=${header}`,
      'user-agent': header,
    };
    const made = {
      name,
      image,
      entrypoint: [entry, `--password=${entry}`],
      secret_names: [secret],
      template_id: secret,
    };
    const id = await create(made, headers);
    const at = `/sandboxes/${id}`;
    const ask = (method: string, to: string, body?: unknown) =>
      call(method, to, body, { ...headers, 'idempotency-key': `${key}-${method}-${to.length}` });
    await call('GET', '/sandboxes', undefined, { authorization: `Bearer ${wrong}` });
    await ask('GET', `/sandboxes?cursor=${query}`);
    await ask('GET', `/nothing/${path}?token=${query}`);
    await ask('GET', `/sandboxes/${path}`);
    await ask('POST', '/sandboxes', `{"${json}":"${json}","${json}":1}`);
    await ask('POST', '/sandboxes', { name: { [json ?? '']: json } });
    await ask('POST', '/sandboxes', { ...made, snapshot_id: secret });
    await ask('PATCH', at, { network: { allow_out: [secret] } });
    await ask('POST', `${at}/keepalive`);
    await ask('GET', `${at}/proxy/${path}?token=${query}`);
    await ask('POST', `${at}/suspend`);
    await ask('POST', `${at}/snapshot`);
    host.driver.script('resume', fail(new DriverError(`Cannot start ${entry}`, { retryable: false })));
    await ask('POST', `${at}/resume`);
    host.driver.script('boot', hang);
    await call('POST', '/sandboxes', made, { ...headers, 'idempotency-key': 'another' });
    await ask('DELETE', at);
    await host.clock.advance(1_000);
    // The secrets did reach the observed code, and it logged many lines.
    expect(JSON.stringify(seen)).toContain(name);
    expect(new Set(lines.map(({ msg }) => msg))).toEqual(
      new Set(['applied', 'refused', 'operation', 'request', 'problem', 'committed']),
    );
    const written = JSON.stringify(lines);
    for (const canary of [...Object.values(canaries), name, holder, sha256])
      expect(written).not.toContain(canary);
  });
});

describe('the OpenAPI document', () => {
  const document = openApiDocument();
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

  test('is served', async () => {
    expect((await call('GET', '/openapi.json')).body).toEqual(JSON.parse(JSON.stringify(document)));
  });

  test('has every operation once, with every parameter of its path', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const inPath = operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => name);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([path, inPath.sort()]).toEqual([path, named.sort()]);
      expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...operation.tags]));
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['500']));
    }
  });

  test('has no dangling references and no unused schemas', () => {
    const text = JSON.stringify(document);
    const references = new Set(
      [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)].map(([, ...to]) => to.join('/')),
    );
    const components = Object.entries(document.components)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, members]) => Object.keys(members).map((name) => `${kind}/${name}`));
    expect([...references].sort()).toEqual(components.sort());
    expect(text).not.toMatch(/"\$schema"|"\$id"/);
  });

  test('has valid schemas', () => {
    const ajv = new Ajv2020({ strict: false });
    for (const schema of Object.values(document.components.schemas)) {
      expect(ajv.validateSchema(schema)).toBe(true);
    }
  });

  test('rejects fields that the API does not send', async () => {
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, 'api');
    const validate = ajv.compile({ $ref: 'api#/components/schemas/Sandbox' });
    const id = await create({ name: 'ada' });
    const { body } = await call('GET', `/sandboxes/${id}`);
    expect(validate(body)).toBe(true);
    for (const field of ['id', 'namespace', 'status', 'resources', 'version', 'lifecycle', 'outcome']) {
      const { [field]: _, ...less } = body;
      expect([field, validate(less)]).toEqual([field, false]);
    }
    expect(validate({ ...body, more: 1 })).toBe(false);
    expect(validate({ ...body, status: 'asleep' })).toBe(false);
    expect(validate({ ...body, lifecycle: { ...body.lifecycle, version: '1' } })).toBe(false);
  });
});

describe('the page', () => {
  test('shows every operation and schema, and loads nothing', async () => {
    const { body, headers } = await call('GET', '/docs');
    const document = openApiDocument();
    for (const [path, item] of Object.entries(document.paths)) {
      if (path.startsWith('/v1/')) continue;
      for (const { operationId, summary } of Object.values(item)) {
        expect(body).toContain(`id="${operationId}"`);
        expect(body).toContain(`href="#${operationId}"`);
        expect(body).toContain(summary);
      }
    }
    for (const name of Object.keys(document.components.schemas)) expect(body).toContain(`id="${name}"`);
    const links = [...body.matchAll(/href="([^"]*)"/g)].map(([, to]) => to ?? '');
    for (const link of links) expect(link).toMatch(/^#\w+$|^openapi\.json$/);
    for (const [, id] of body.matchAll(/href="#(\w+)"/g)) expect(body).toContain(`id="${id}"`);
    expect(body).not.toMatch(/<script|<link|<img|url\(|@import|style=|undefined|\[object/);
    const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(style).toContain('prefers-color-scheme: dark');
  });
});
