import {
  heldPageSchema,
  holderInfoSchema,
  hostPageSchema,
} from '../../../schema/http/operation-responses.ts';
import type { HostInfo } from '../../hosts/host-list.ts';
import { anyText, wholeNumber } from '../request/query-parameters.ts';
import { json } from '../response/reply.ts';
import { route } from '../route.ts';

const common = { method: 'GET', group: 'Operations', access: 'operator' } as const;

const page = (items: string) => ({
  limit: wholeNumber({
    minimum: 1,
    maximum: 1000,
    fallback: 100,
    description: `The maximum number of ${items}.`,
  }),
  cursor: anyText({ description: 'The `next_cursor` of another page.' }),
});

/** Routes for the hosts that share the store. */
export const hostRoutes = [
  route({
    ...common,
    operationId: 'list_hosts',
    path: '/hosts',
    summary: 'List the hosts of the store',
    description:
      'The living hosts, and for an hour those that ended without leaving, by name. Where the store belongs to one host, `shared` is false, and the list has that host.',
    query: page('hosts'),
    responses: { 200: { description: 'A page of the list.', json: hostPageSchema } },
    async handle({ host, query }) {
      const { isShared, now, living, items, nextCursor } = await host.hosts(query);
      return json({
        ...{ shared: isShared, responding: host.hostName, now, living },
        hosts: items.map(serialize),
        next_cursor: nextCursor,
      });
    },
  }),
  route({
    ...common,
    operationId: 'list_held_sandboxes',
    path: '/hosts/{id}/sandboxes',
    summary: 'List what a host holds',
    description:
      'The sandboxes for which this host alone may act on the platform, by id: those with platform work in progress. Where the store belongs to one host, it holds everything since its start, and the list has those with work.',
    query: page('sandboxes'),
    responses: {
      200: { description: 'A page of the list.', json: heldPageSchema },
      404: { description: 'The store does not know the host.' },
    },
    async handle({ host, id, query }) {
      const { items, nextCursor } = await host.heldSandboxes(id, query);
      const sandboxes = items.map(({ sandboxId, namespace, heldSince }) => ({
        ...{ sandbox_id: sandboxId, namespace, held_since: heldSince },
      }));
      return json({ host: id, sandboxes, next_cursor: nextCursor });
    },
  }),
  route({
    ...common,
    access: 'namespace',
    operationId: 'get_sandbox_holder',
    path: '/sandboxes/{id}/holder',
    summary: 'Show the host that holds a sandbox',
    description:
      'The host that alone may act on the platform for the sandbox, while it has platform work, where several hosts share the store.',
    responses: { 200: { description: 'The holder.', json: holderInfoSchema } },
    async handle({ host, namespace, id }) {
      const { isShared, living, holder } = await host.holderOf(namespace, id);
      const { host: name = null, heldSince = null } = holder ?? {};
      return json({ shared: isShared, living, host: name, held_since: heldSince });
    },
  }),
];

function serialize({ name, isAlive, startedAt, lastHeartbeatAt, aliveUntil, held }: HostInfo) {
  return {
    ...{ name, alive: isAlive, started_at: startedAt, last_heartbeat_at: lastHeartbeatAt },
    ...{ alive_until: aliveUntil, held },
  };
}
