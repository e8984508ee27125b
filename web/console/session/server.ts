import type { Transport } from '../../../src/client/index.ts';
import type { HolderInfo } from '../../../src/schema/http/operation-responses.ts';
import type { KeyInfo, SandboxInfo } from '../../../src/schema/http/responses.ts';

/** The calls of the API that the client does not make. Each call rejects with a {@link ServerProblem}. */
export interface Server {
  /** A sandbox with its configuration. */
  show(id: string): Promise<SandboxInfo>;
  /** The host that holds a sandbox, where several hosts are alive; null elsewhere. A server of one process is asked once. */
  holder(id: string): Promise<HolderInfo | null>;
  /** Whether the token of this page allows changes. */
  canWrite(): Promise<boolean>;
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

/** Creates the calls to the server of this transport. */
export function serverAt({ request }: Transport): Server {
  async function call(path: string, init?: RequestInit): Promise<Response> {
    const response = await request?.(path, init).catch(() => undefined);
    if (response === undefined) throw new ServerProblem('Cannot reach the server. Try again.', null);
    if (response.ok) return response;
    const sentence = (await response.text().catch(() => '')).trim();
    throw new ServerProblem(
      sentence || `The server responded with status ${response.status}.`,
      response.status,
    );
  }

  let isShared = true;
  // One request at a time, so that the first response comes before another request.
  let last: Promise<unknown> = Promise.resolve();

  async function holder(id: string): Promise<HolderInfo | null> {
    await last.catch(() => {});
    if (!isShared) return null;
    const response = await call(`/sandboxes/${encodeURIComponent(id)}/holder`);
    const info = (await response.json()) as HolderInfo;
    isShared = info.shared;
    return info.living > 1 ? info : null;
  }

  return {
    holder(id) {
      const read = holder(id);
      last = read;
      return read;
    },
    async canWrite() {
      const response = await call('/platform/v1/keys/introspect', { method: 'POST' });
      return ((await response.json()) as KeyInfo).scopes.includes('write');
    },
    show: async (id) => (await (await call(`/sandboxes/${encodeURIComponent(id)}`)).json()) as SandboxInfo,
  };
}
