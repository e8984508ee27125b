import { printable } from '../utils/printable.ts';

/** No such sandbox or snapshot in this namespace. What is foreign is unknown. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';

  constructor(what: 'sandbox' | 'snapshot', id: string) {
    super(`There is no ${what} "${printable(id)}" in this namespace.`);
  }
}

/** A request that breaks a rule of the lifecycle or of the server: one sentence that says which, and what would help. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}

/** The sandbox has moved on from the version that the request was made for. */
export class VersionError extends Error {
  override readonly name = 'VersionError';
  /** The version that it is of now. */
  readonly version: number;

  constructor(asked: number, version: number) {
    super(`The sandbox is of version ${version}, not ${asked} any more; read it again and decide again.`);
    this.version = version;
  }
}

/** An idempotency key came a second time, with another request. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError';

  constructor(key: string) {
    super(
      `The idempotency key ${JSON.stringify(key)} was used for another request; use a new key for each request.`,
    );
  }
}
