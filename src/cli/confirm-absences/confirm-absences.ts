import { requestOf } from '../server-request.ts';
import type { ConfirmAbsencesOptions } from './command.ts';

/** Lists the absent sandboxes of a server, or ends them. Returns the text to print. Throws with the sentence of the server. */
export async function confirmAbsences({ count, ...server }: ConfirmAbsencesOptions): Promise<string> {
  if (count !== undefined) {
    const { ended } = await requestOf<{ readonly ended: number }>(server, '/absences/confirm', { count });
    return `${ended} of ${count} sandboxes were still absent and have ended.\n`;
  }
  const found = await requestOf<AbsenceList>(server, '/absences');
  if (found.count === 0) return 'No absent sandbox waits for a confirmation.\n';
  const ids = found.sandbox_ids;
  const more = ids.length < found.count ? ['…'] : [];
  return `${found.count} of ${found.living} sandboxes are absent from the platform:\n${[...ids, ...more].join('\n')}\nTo end them, run the command again with --count ${found.count}\n`;
}

/** The absent sandboxes as the route returns them. */
interface AbsenceList {
  readonly count: number;
  readonly living: number;
  readonly sandbox_ids: readonly string[];
}
