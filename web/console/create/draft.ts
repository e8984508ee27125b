import type { CreateBody } from '../../../src/schema/http/requests.ts';

/** The source of a new sandbox: a snapshot, or the image when the snapshot is absent. */
export interface CreateFrom {
  readonly snapshotId?: string;
}

/** The values of the form for a new sandbox. */
export interface Draft {
  readonly kind: 'ephemeral' | 'named';
  readonly name: string;
  /** Empty for the default of the server. */
  readonly seconds: number | '';
  /** One argument per line. */
  readonly command: string;
  readonly image: string;
}

/** The values of an empty form. */
export const emptyDraft: Draft = { kind: 'ephemeral', name: '', seconds: '', command: '', image: '' };

/** The problems of a draft by field, as far as the page can check them without the server. */
export function problemsOf({ kind, name, seconds }: Draft): {
  readonly name?: string;
  readonly seconds?: string;
} {
  return {
    ...(kind === 'named' && name.trim() === '' && { name: 'Enter a name.' }),
    ...(seconds !== '' &&
      !(Number.isSafeInteger(seconds) && seconds > 0) && {
        seconds: 'Enter a whole number of seconds, at least 1, or leave this empty.',
      }),
  };
}

/** The request of a draft. The server chooses the values of empty fields. */
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
