import type { CreateBody } from '../../../src/schema/http/requests.ts';
import type {
  CreatedInfo,
  SandboxInfo,
  SnapshotInfo,
  SnapshotList,
} from '../../../src/schema/http/responses.ts';

/** The calls of the API that the client does not make. Each call rejects with a {@link ServerProblem}. */
export interface Server {
  /** Creates a sandbox, once per idempotency key. Resolves with its id. */
  create(body: CreateBody, key: string): Promise<string>;
  /** A sandbox with its configuration. */
  show(id: string): Promise<SandboxInfo>;
  /** All snapshots, newest first. */
  snapshots(): Promise<readonly SnapshotInfo[]>;
  deleteSnapshot(id: string): Promise<void>;
}

/** A failed call. The message is a sentence for the user. */
export class ServerProblem extends Error {
  /** The HTTP status; null without a response. */
  readonly status: number | null;
  constructor(message: string, status: number | null) {
    super(message);
    this.status = status;
  }
}

/** Creates a unique idempotency key. A page over plain HTTP does not have `randomUUID`. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Creates the calls to the server at this URL. */
export function serverAt(
  url: string,
  headers: Readonly<Record<string, string>>,
  fetch: typeof globalThis.fetch,
): Server {
  async function call(path: string, init: RequestInit = {}): Promise<Response> {
    const request = { ...init, headers: { ...headers, ...(init.headers as object) } };
    const response = await fetch(url + path, request).catch(() => {
      throw new ServerProblem('Cannot reach the server. Try again.', null);
    });
    if (response.ok) return response;
    const sentence = (await response.text().catch(() => '')).trim();
    throw new ServerProblem(
      sentence || `The server responded with status ${response.status}.`,
      response.status,
    );
  }

  return {
    async create(body, key) {
      const response = await call('sandboxes', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(body),
      });
      return ((await response.json()) as CreatedInfo).sandbox_id;
    },
    show: async (id) => (await (await call(`sandboxes/${encodeURIComponent(id)}`)).json()) as SandboxInfo,
    snapshots: async () => ((await (await call('snapshots')).json()) as SnapshotList).snapshots,
    async deleteSnapshot(id) {
      await call(`snapshots/${encodeURIComponent(id)}`, { method: 'DELETE' });
    },
  };
}
