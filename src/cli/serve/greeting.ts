import type { AddressInfo } from 'node:net';
import type { ConnectionLimit } from './connection-limit.ts';
import type { ServeOptions } from './serve-options.ts';

const driverNotes = {
  process: 'Sandboxes are plain processes on this machine: for development, without isolation.',
  simulated: 'Sandboxes are simulated: nothing runs in them, and a restart loses them.',
};

const restoredNote = `
Restored: nothing on the platform is destroyed without an operator. Decide about what has no record (sandbox-lifecycle orphans) and about
what is absent (sandbox-lifecycle confirm-absences), and then start without --restored.`;

/** The text that `serve` prints once it listens. Its first line has the URL. */
export function greeting(
  { port }: AddressInfo,
  { host, driver, store, tokens, restored }: ServeOptions,
  data: string,
  limit?: ConnectionLimit,
): string {
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const curl = tokens === undefined ? 'curl -s' : 'curl -s -H "Authorization: Bearer $TOKEN"';
  return `Listening on ${url}
Data in ${store === undefined ? data : `${store.host}${store.pathname} (PostgreSQL)`}
${driver instanceof URL ? `Sandboxes are on the platform at ${driver.href}.` : driverNotes[driver]}${restored ? restoredNote : ''}${limitNote(limit)}

Try:
  ${curl} ${url}/sandboxes -d '{ "name": "my-env", "timeout_secs": 300 }'
  ${curl} ${url}/sandboxes/my-env
  ${curl} -X POST ${url}/sandboxes/my-env/suspend
Console: ${url}/
API reference: ${url}/docs
Inspector: ${url}/inspect`;
}

/** A line about a limit that some servers reach. */
function limitNote(limit: ConnectionLimit | undefined): string {
  if (limit === undefined || limit.connections >= 1_000) return '';
  return `\nAt most ${limit.connections} connections: the limit of open files is ${limit.openFiles} (ulimit -n).`;
}
