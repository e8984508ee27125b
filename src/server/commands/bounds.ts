import {
  mostMetadataKeyCharacters,
  mostMetadataKeys,
  mostMetadataValueCharacters,
} from '../../schema/http/bounds.ts';
import { printable } from '../../utils/printable.ts';
import { isLongerThan } from '../../utils/utf8.ts';
import type { Configuration } from '../configuration.ts';
import { RuleError } from '../errors.ts';
import type { WriteOptions } from '../host.ts';

/** The most bytes (JSON in UTF-8) of the configuration of a sandbox, with its metadata. */
export const mostConfigurationBytes = 64 * 1024;

/** The most bytes (UTF-8) of a namespace, a name, an id, an idempotency key, an actor and a cause. */
const mostTextBytes = 256;

/** Throws `RuleError` for a text of more than {@link mostTextBytes}. `what` names it in the sentence. */
export function mustBeShort(what: string, text: string | null | undefined): void {
  if (typeof text !== 'string' || !isLongerThan(text, mostTextBytes)) return;
  throw new RuleError(
    `The ${what} "${printable(text)}" is too long; use at most ${mostTextBytes} bytes of UTF-8.`,
  );
}

/** Throws `RuleError` when an option of a change is too long to be stored. */
export function mustBeStorable({ idempotencyKey, actor, cause, ifSandbox }: WriteOptions): void {
  mustBeShort('idempotency key', idempotencyKey);
  mustBeShort('actor', actor);
  mustBeShort('cause', cause);
  mustBeShort('id in ifSandbox', ifSandbox);
}

/** Returns a configuration that fits its bounds. Throws `RuleError` for any other. */
export function boundedConfiguration(configuration: Configuration): Configuration {
  mustBeBoundedMetadata(configuration.metadata);
  if (isLongerThan(JSON.stringify(configuration), mostConfigurationBytes)) {
    throw new RuleError(
      `The configuration of the sandbox is larger than ${mostConfigurationBytes / 1024} KiB of JSON; shorten its entrypoint, network, secret names or metadata, and keep large data in a file or a secret.`,
    );
  }
  return configuration;
}

/** Each pair is a row of the store, so their number counts too. */
function mustBeBoundedMetadata(metadata: Configuration['metadata']): void {
  const pairs = Object.entries(metadata);
  if (pairs.length > mostMetadataKeys) {
    throw new RuleError(`The metadata has ${pairs.length} keys; use at most ${mostMetadataKeys}.`);
  }
  for (const [key, value] of pairs) {
    if (key.length > mostMetadataKeyCharacters) {
      throw new RuleError(
        `The metadata key "${printable(key)}" is too long; use at most ${mostMetadataKeyCharacters} characters.`,
      );
    }
    if (value.length > mostMetadataValueCharacters) {
      throw new RuleError(
        `The metadata value of "${printable(key)}" is too long; use at most ${mostMetadataValueCharacters} characters.`,
      );
    }
  }
}
