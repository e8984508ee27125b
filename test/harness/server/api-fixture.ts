import { afterEach, beforeEach, expect } from 'vitest';
import { type Api, type ApiObservation, type ApiOptions, createApi } from '../../../src/server/index.ts';
import type { HostFixture } from './host-fixture.ts';
import { expectDocumented } from './openapi.ts';

/** A response, with its body parsed if it is JSON. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests check the shape of a body.
  readonly body: any;
  readonly headers: Headers;
}

/** An API on the host of a fixture. Every response is checked against the OpenAPI document. */
export interface ApiFixture {
  readonly api: Api;
  /** All observations of the API, in order. */
  readonly observations: ApiObservation[];
  /** Creates the API again, with these options. */
  use(options: ApiOptions): void;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Creates a sandbox. Returns its id. */
  create(body?: object, headers?: Record<string, string>): Promise<string>;
}

/** The origin of the API in requests. */
export const origin = 'http://127.0.0.1:8080';

/** Sets up an API before each test. */
export function apiFixture(fixture: HostFixture): ApiFixture {
  let api: Api;
  let observations: ApiObservation[] = [];

  function use(options: ApiOptions): void {
    api = createApi(fixture.host, {
      clock: fixture.clock,
      observe: (observation) => void observations.push(observation),
      ...options,
    });
  }
  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await api(
      new Request(origin + path, { method, headers, ...(text !== undefined && { body: text }) }),
    );
    await fixture.clock.settle();
    const answer = await response.text();
    if (method !== 'HEAD') expectDocumented(method, origin + path, response, answer);
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      body: isJson && answer !== '' ? JSON.parse(answer) : answer,
      headers: response.headers,
    };
  }

  beforeEach(() => {
    observations = [];
    use({});
  });
  afterEach(() => api.close());

  return {
    get api() {
      return api;
    },
    get observations() {
      return observations;
    },
    use,
    call,
    async create(body = {}, headers = {}) {
      const answer = await call('POST', '/sandboxes', body, headers);
      expect(answer).toMatchObject({ status: 200 });
      return answer.body.sandbox_id;
    },
  };
}
