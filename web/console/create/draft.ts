import type { NewSandbox } from '../session/server.ts';

/** What a person has entered for a new sandbox. */
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

/** The request that a draft stands for. What was not entered is left to the server. */
export function requestOf({ kind, name, seconds, command, image }: Draft, snapshotId?: string): NewSandbox {
  const entrypoint = command.split('\n').filter((line) => line !== '');
  return {
    ...(kind === 'named' && { name: name.trim() }),
    ...(seconds !== '' && { timeout_secs: seconds }),
    ...(entrypoint.length > 0 && { entrypoint }),
    ...(image.trim() !== '' && { image: image.trim() }),
    ...(snapshotId !== undefined && { snapshot_id: snapshotId }),
  };
}
