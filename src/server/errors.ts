import { printable } from '../utils/printable.ts';

/**
 * The namespace does not have this sandbox or snapshot, or the store does not know this host. Sandboxes and snapshots of other namespaces
 * count as unknown.
 */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
  readonly kind: 'sandbox' | 'snapshot' | 'host';

  constructor(kind: NotFoundError['kind'], id: string) {
    super(
      kind === 'host'
        ? `The host "${printable(id)}" is not one of this store; it may have left. List the hosts again.`
        : `The ${kind} "${printable(id)}" does not exist in this namespace.`,
    );
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

/** A decision about a sandbox without a record that cannot be taken. The message names the sandbox and a remedy. */
export class OrphanError extends Error {
  override readonly name = 'OrphanError';
  readonly code: 'orphan_has_record' | 'orphan_not_found' | 'orphan_of_other' | 'orphan_busy';

  constructor(code: OrphanError['code'], sandboxId: string) {
    super(`${orphanSentences[code](printable(sandboxId))} Nothing was changed.`);
    this.code = code;
  }
}

const orphanSentences: Readonly<Record<OrphanError['code'], (id: string) => string>> = {
  orphan_has_record: (id) => `Sandbox "${id}" has a record; use the commands of sandboxes.`,
  orphan_not_found: (id) => `Sandbox "${id}" is not on the platform; read the list again.`,
  orphan_of_other: (id) =>
    `Sandbox "${id}" has the mark of another database; decide about it on the server of that database.`,
  orphan_busy: (id) => `Sandbox "${id}" is being released or decided about; read the list again in a moment.`,
};

/** The platform did not return its inventory. A later attempt may succeed. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';

  constructor(cause: unknown) {
    super('The platform did not return its sandboxes; try again in a moment.', { cause });
  }
}

/** Other writers came first at each attempt of a change. Nothing was changed. A later request may succeed. */
export class ContendedError extends Error {
  override readonly name = 'ContendedError';

  constructor(attempts: number, cause: Error) {
    super(
      `Other requests changed the same sandbox or snapshot during each of ${attempts} attempts; try again in a moment.`,
      { cause },
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

/** A watch is behind the history that the store has: retention deleted rows that the watch has not read. */
export class HistoryDeletedError extends Error {
  override readonly name = 'HistoryDeletedError';

  constructor() {
    super(
      'The history between the last change that was sent and the oldest one that is kept was deleted; reconnect.',
    );
  }
}
