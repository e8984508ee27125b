import { printable } from '../utils/printable.ts';

/** The namespace does not have this sandbox or snapshot. Sandboxes and snapshots of other namespaces count as unknown. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';

  constructor(kind: 'sandbox' | 'snapshot', id: string) {
    super(`The ${kind} "${printable(id)}" does not exist in this namespace.`);
  }
}

/** A request that breaks a rule of the lifecycle or of the server. The message names the rule and a remedy. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}

/** The sandbox no longer has the version that the request was made for. */
export class VersionError extends Error {
  override readonly name = 'VersionError';
  /** The current version. */
  readonly version: number;

  constructor(requested: number, version: number) {
    super(`The sandbox is at version ${version}, not ${requested}; read it again before you retry.`);
    this.version = version;
  }
}

/** An idempotency key was used again, with another request. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError';

  constructor(key: string) {
    super(
      `The idempotency key ${JSON.stringify(key)} was used for another request; use a new key for each request.`,
    );
  }
}
