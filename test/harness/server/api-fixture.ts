import { afterEach, beforeEach, expect } from 'vitest';
import { type Api, type ApiObservation, type ApiOptions, createApi } from '../../../src/server/index.ts';
import type { HostFixture } from './host-fixture.ts';
import { holdAgainstDocument } from './openapi.ts';

/** An answer: JSON where it is JSON, text elsewhere. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what an answer has is what the tests are about.
  readonly body: any;
  readonly headers: Headers;
}

/** An API on the host of a fixture. Every answer is held against the OpenAPI document. */
export interface ApiFixture {
  readonly api: Api;
  /** All that the API has told. */
  readonly told: ApiObservation[];
  /** Makes the API anew, with these options. */
  use(options: ApiOptions): void;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Creates a sandbox, and answers its id. */
  create(body?: object, headers?: Record<string, string>): Promise<string>;
}

/** Where the API seems to be. */
export const origin = 'http://127.0.0.1:8080';

/** Sets up an API before each test. */
export function apiFixture(fixture: HostFixture): ApiFixture {
  let api: Api;
  let told: ApiObservation[] = [];

  function use(options: ApiOptions): void {
    api = createApi(fixture.host, {
      clock: fixture.clock,
      observe: (observation) => void told.push(observation),
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
    if (method !== 'HEAD') holdAgainstDocument(method, origin + path, response, answer);
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      body: isJson && answer !== '' ? JSON.parse(answer) : answer,
      headers: response.headers,
    };
  }

  beforeEach(() => {
    told = [];
    use({});
  });
  afterEach(() => api.close());

  return {
    get api() {
      return api;
    },
    get told() {
      return told;
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
