import { printable } from '../utils/printable.ts';

/** The namespace does not have this sandbox or snapshot. Sandboxes and snapshots of other namespaces count as unknown. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
  readonly kind: 'sandbox' | 'snapshot';

  constructor(kind: 'sandbox' | 'snapshot', id: string) {
    super(`The ${kind} "${printable(id)}" does not exist in this namespace.`);
    this.kind = kind;
  }
}

/** A request that breaks a rule of the lifecycle or of the server. The message names the rule and a remedy. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}

/** The database, the state of the driver and the kind of the driver do not belong together. The message names a remedy. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
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

/** The name that a change was made for belongs to another sandbox now. */
export class OtherSandboxError extends Error {
  override readonly name = 'OtherSandboxError';

  constructor(name: string, requested: string, current: string) {
    super(
      `"${printable(name)}" is the name of sandbox ${current} now, and the change was made for ${requested}; read it again before you retry.`,
    );
  }
}

/** The namespace is being deleted, and accepts no new sandbox meanwhile. */
export class NamespaceDeletingError extends Error {
  override readonly name = 'NamespaceDeletingError';

  constructor(namespace: string) {
    super(
      `The namespace ${printable(namespace)} is being deleted; create sandboxes in it when the deletion has ended.`,
    );
  }
}

/** The host is closing. A later request reaches the next one. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';

  constructor() {
    super('The server is stopping; try again in a moment.');
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

/** The store can be read, but the last write has failed, such as on a full disk. */
export class UnwritableError extends Error {
  override readonly name = 'UnwritableError';

  constructor(cause: unknown) {
    super(`The store cannot be written: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
}
