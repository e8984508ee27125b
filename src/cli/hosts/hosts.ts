import { requestOf, type ServerOptions } from '../server-request.ts';
import type { HostsOptions } from './command.ts';

/** Lists the hosts of a server. Returns the text to print. Throws with the sentence of the server. */
export async function hosts({ sandboxes = false, ...server }: HostsOptions): Promise<string> {
  const lines: string[] = [];
  let heading = '';
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: HostList = await requestOf<HostList>(server, `/hosts?${pageFrom(cursor)}`);
    heading = headingOf(page);
    for (const host of page.hosts) {
      lines.push(lineOf(host, page));
      if (sandboxes) lines.push(...(await heldLines(server, host.name, page.now)));
    }
    cursor = page.next_cursor;
  }
  return `${heading}\n${lines.join('\n')}\n`;
}

function headingOf({ shared, living }: HostList): string {
  if (!shared) return 'The store of this server belongs to one host:';
  return living === 1 ? 'One host is alive:' : `${living} hosts are alive:`;
}

function lineOf(host: HostOfList, { now, responding }: HostList): string {
  const ago = (at: number | null) => (at === null ? 'never' : `${ageText(now - at)} ago`);
  return [
    `${host.name}${host.name === responding ? ' (responds)' : ''}`,
    host.alive ? 'alive' : 'ended',
    `started ${new Date(host.started_at).toISOString()}`,
    `last heartbeat ${ago(host.last_heartbeat_at)}`,
    `holds ${host.held}`,
  ].join('  ');
}

/** The lines of the sandboxes of a host. A host that has left since it was listed has none. */
async function heldLines(server: ServerOptions, name: string, now: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/hosts/${encodeURIComponent(name)}/sandboxes?${pageFrom(cursor)}`;
    const page: HeldList | null = await requestOf<HeldList>(server, path).catch((error: Error) => {
      if (error.message.startsWith('404: The host')) return null;
      throw error;
    });
    for (const { sandbox_id: id, namespace, held_since: since } of page?.sandboxes ?? [])
      lines.push(`  ${id}  namespace ${namespace}  for ${ageText(now - since)}`);
    cursor = page?.next_cursor ?? null;
  }
  return lines;
}

const pageFrom = (cursor: string) => `limit=1000&cursor=${encodeURIComponent(cursor)}`;

/** A time in s, to a tenth below a minute. */
function ageText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
}

/** A host as the route returns it. */
interface HostOfList {
  readonly name: string;
  readonly alive: boolean;
  readonly started_at: number;
  readonly last_heartbeat_at: number | null;
  readonly held: number;
}

/** A page of the list as the route returns it. */
interface HostList {
  readonly shared: boolean;
  readonly responding: string;
  readonly now: number;
  readonly living: number;
  readonly hosts: readonly HostOfList[];
  readonly next_cursor: string | null;
}

/** A page of what a host holds as the route returns it. */
interface HeldList {
  readonly sandboxes: readonly {
    readonly sandbox_id: string;
    readonly namespace: string;
    readonly held_since: number;
  }[];
  readonly next_cursor: string | null;
}
