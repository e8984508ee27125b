import type { CreateSandboxInput } from '../../../src/client/index.ts';
import { problemOfSeconds } from '../shared/seconds.ts';

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
  /** Empty for the default of the server. */
  readonly idleSeconds: number | '';
  /** Empty for the default of the server. */
  readonly suspendedSeconds: number | '';
  /** One argument per line. */
  readonly command: string;
  readonly image: string;
}

/** The values of an empty form. */
export const emptyDraft: Draft = {
  kind: 'ephemeral',
  name: '',
  seconds: '',
  idleSeconds: '',
  suspendedSeconds: '',
  command: '',
  image: '',
};

/** The problems of a draft by field, as far as the page can check them without the server. */
export function problemsOf({ kind, name, seconds, idleSeconds, suspendedSeconds }: Draft): {
  readonly name?: string;
  readonly seconds?: string;
  readonly limits?: string;
} {
  const limits = problemOfSeconds(idleSeconds) ?? problemOfSeconds(suspendedSeconds);
  return {
    ...(limits !== undefined && { limits }),
    ...(kind === 'named' && name.trim() === '' && { name: 'Enter a name.' }),
    ...(seconds !== '' &&
      !(Number.isSafeInteger(seconds) && seconds > 0) && {
        seconds: 'Enter a whole number of seconds, at least 1, or leave this empty.',
      }),
  };
}

/** The sandbox of a draft. The server chooses the values of empty fields. */
export function inputOf(draft: Draft, snapshotId?: string): CreateSandboxInput {
  const { kind, name, seconds, idleSeconds, suspendedSeconds, command, image } = draft;
  const entrypoint = command.split('\n').filter((line) => line !== '');
  return {
    ...(kind === 'named' && { name: name.trim() }),
    ...(seconds !== '' && { timeoutMs: seconds * 1000 }),
    ...(idleSeconds !== '' && { idleTimeoutMs: idleSeconds * 1000 }),
    ...(kind === 'named' && suspendedSeconds !== '' && { suspendedTimeoutMs: suspendedSeconds * 1000 }),
    ...(entrypoint.length > 0 && { entrypoint }),
    ...(image.trim() !== '' && { image: image.trim() }),
    ...(snapshotId !== undefined && { snapshotId }),
  };
}
