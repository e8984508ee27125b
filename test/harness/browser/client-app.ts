import { createSandboxClient, httpTransport } from '../../../src/client/index.ts';

const { location, document } = globalThis as unknown as {
  readonly location: { readonly hash: string };
  readonly document: { readonly body: { textContent: string } };
};

/** Shows the sandbox whose name is the hash of the page, with the recipe of docs/client.md. */
const client = createSandboxClient({
  id: location.hash.slice(1),
  transport: httpTransport({ url: '/' }),
});
client.subscribe(() => {
  const { sandbox, connection } = client.getSnapshot();
  document.body.textContent = `${sandbox?.status} ${connection}`;
});
Object.assign(globalThis, { client });
