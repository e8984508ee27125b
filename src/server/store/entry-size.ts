import type { Sandbox } from '../../model/sandbox.ts';
import type { Configuration } from '../configuration.ts';
import { isMissing } from './history-items.ts';
import type { HistoryItem, SandboxEntry } from './records.ts';

/** The bytes in memory of a record without its texts of variable length, and of the objects around it. */
const plainBytes = 2_048;

/** The bytes of a character in memory: two, also of most texts that need only one. */
const characterBytes = 2;

/** The lengths of the JSON of configurations, which the entries of all versions of a sandbox share. */
const configurationLengths = new WeakMap<Configuration, number>();

/** Estimates the bytes of an entry in memory, from the lengths of its texts. */
export function entryBytes({ sandbox, configuration }: SandboxEntry): number {
  return plainBytes + textBytes(sandbox) + jsonLength(configuration) * characterBytes;
}

/** Estimates the bytes of the JSON of an entry. */
export function entryJsonBytes({ sandbox, configuration }: SandboxEntry): number {
  return plainBytes / 2 + textBytes(sandbox) / characterBytes + jsonLength(configuration);
}

/** Estimates the bytes of a row of history in memory, from the lengths of its texts. */
export function rowBytes(item: HistoryItem): number {
  if (isMissing(item)) return plainBytes;
  const { sandbox, actor, cause, event } = item;
  const reason = 'reason' in event ? lengthOf(event.reason) : 0;
  return plainBytes + textBytes(sandbox) + (actor.length + cause.length + reason) * characterBytes;
}

function textBytes({ name, lastOperation, outcome }: Sandbox): number {
  return (lengthOf(name) + lengthOf(lastOperation?.reason) + lengthOf(outcome?.detail)) * characterBytes;
}

const lengthOf = (text: string | null | undefined) => text?.length ?? 0;

function jsonLength(configuration: Configuration): number {
  const known = configurationLengths.get(configuration);
  if (known !== undefined) return known;
  const length = JSON.stringify(configuration).length;
  configurationLengths.set(configuration, length);
  return length;
}
