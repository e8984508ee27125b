import { problem, type Reply } from './response/reply.ts';

/** Paths that official clients know and this API does not serve, each with the sentence about it. */
const unserved: readonly (readonly [pattern: RegExp, sentence: string])[] = [
  [/^\/sandbox-pools(\/|$)/, 'This server has no sandbox pools; create the sandboxes one by one.'],
  [
    /^\/sandbox(es)?\/[^/]+\/copy$/,
    'This server does not copy sandboxes; take a snapshot, and create sandboxes from it.',
  ],
  [
    /^\/(sandboxes\/[^/]+\/)?api\/v1(\/|$)/,
    'This server does not serve the processes, files, terminals and tunnels in a sandbox.',
  ],
  [
    /^\/sandboxes\/[^/]+\/(file_systems|file-systems|filesystems)(\/|$)/,
    'This server does not attach file systems to sandboxes.',
  ],
  [
    /^\/sandboxes\/[^/]+\/(logs|pty|tunnel|tunnels|processes|files)(\/|$)/,
    'This server does not serve the logs, processes, files, terminals and tunnels in a sandbox.',
  ],
  [
    /^\/(sandbox-templates|sandbox-template-builds|images|builds)(\/|$)/,
    'This server does not build images.',
  ],
  [/^\/(applications|secrets|repos|filesystems)(\/|$)/, 'This server has sandboxes and snapshots only.'],
  [/^\/platform\//, 'This server has no organizations, projects and keys.'],
];

const inNamespace = /^\/v1\/namespaces\/[^/]+(?=\/)/;

/**
 * The reply 501 to a path that official clients know and this API does not serve; undefined for any other path. They read
 * 404 as a sandbox that does not exist. A request for a process in a sandbox may have any path, and the sandbox in a header.
 */
export function unservedReply(path: string, headers = new Headers()): Reply | undefined {
  const flat = headers.has('x-tensorlake-sandbox-id') ? '/api/v1' : path.replace(inNamespace, '');
  const found = unserved.find(([pattern]) => pattern.test(flat));
  return found && problem('not_served', found[1]);
}

/** The reply 501 to a request that addresses a sandbox by the host `{id}.local`; undefined for other requests. */
export function dataPlaneReply({ hostname }: URL): Reply | undefined {
  return /^[0-9a-z]{21}\.local$/.test(hostname) ? unservedReply('/api/v1') : undefined;
}
