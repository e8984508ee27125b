import type { Transport } from '../../../src/client/index.ts';
import type { KeyInfo, SandboxInfo } from '../../../src/schema/http/responses.ts';

/** The calls of the API that the client does not make. Each call rejects with a {@link ServerProblem}. */
export interface Server {
  /** A sandbox with its configuration. */
  show(id: string): Promise<SandboxInfo>;
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

  return {
    async canWrite() {
      const response = await call('/platform/v1/keys/introspect', { method: 'POST' });
      return ((await response.json()) as KeyInfo).scopes.includes('write');
    },
    show: async (id) => (await (await call(`/sandboxes/${encodeURIComponent(id)}`)).json()) as SandboxInfo,
  };
}
