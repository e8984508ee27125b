import type { CreateBody } from '../../../src/schema/http/requests.ts';

/** The source of a new sandbox: a snapshot, or the image when there is none. */
export interface CreateFrom {
  readonly snapshotId?: string;
}

/** The values of the form for a new sandbox. */
export interface Draft {
  readonly kind: 'ephemeral' | 'named';
  readonly name: string;
  /** Empty for the server's own. */
  readonly seconds: number | '';
  /** One argument on each line. */
  readonly command: string;
  readonly image: string;
}

/** Nothing entered yet. */
export const emptyDraft: Draft = { kind: 'ephemeral', name: '', seconds: '', command: '', image: '' };

/** What is wrong with a draft, by field, as far as a page can tell without the server. */
export function problemsOf({ kind, name, seconds }: Draft): {
  readonly name?: string;
  readonly seconds?: string;
} {
  return {
    ...(kind === 'named' && name.trim() === '' && { name: 'A named sandbox needs a name.' }),
    ...(seconds !== '' &&
      !(Number.isSafeInteger(seconds) && seconds > 0) && {
        seconds: 'Give a whole number of seconds, at least 1, or nothing.',
      }),
  };
}

/** The request that a draft stands for. What was not entered is left to the server. */
export function requestOf({ kind, name, seconds, command, image }: Draft, snapshotId?: string): CreateBody {
  const entrypoint = command.split('\n').filter((line) => line !== '');
  return {
    ...(kind === 'named' && { name: name.trim() }),
    ...(seconds !== '' && { timeout_secs: seconds }),
    ...(entrypoint.length > 0 && { entrypoint }),
    ...(image.trim() !== '' && { image: image.trim() }),
    ...(snapshotId !== undefined && { snapshot_id: snapshotId }),
  };
}
