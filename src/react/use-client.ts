import { useEffect, useMemo } from 'react';
import {
  type ClientOptions,
  createSandboxClient,
  createSandboxListClient,
  mountClient,
  type SandboxClient,
  type SandboxClientOptions,
  type SandboxListClient,
  type SandboxListClientOptions,
} from '../client/index.ts';

/**
 * Returns a client of one sandbox that lives as long as its component: the hook creates it on the first render and again when
 * `id`, `transport` or `tabs` is another one, keeps it connected while the component is mounted, and releases it after that.
 * Create the transport outside of components. Other options count when the client is created.
 *
 * @example
 * const client = useSandboxClient({ id, transport });
 * const status = useSandbox(client, (view) => view.displayStatus);
 */
export function useSandboxClient(options: SandboxClientOptions): SandboxClient {
  return useClient(createSandboxClient, options, options.id);
}

/**
 * Returns a client of all sandboxes that lives as long as its component, like {@link useSandboxClient}.
 *
 * @example
 * const list = useSandboxListClient({ transport });
 */
export function useSandboxListClient(options: SandboxListClientOptions): SandboxListClient {
  return useClient(createSandboxListClient, options);
}

function useClient<Options extends ClientOptions, Client extends SandboxClient | SandboxListClient>(
  create: (options: Options) => Client,
  options: Options,
  id?: string,
): Client {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a component creates its options on each render.
  const client = useMemo(() => create(options), [id, options.transport, options.tabs]);
  useEffect(() => mountClient(client), [client]);
  return client;
}
