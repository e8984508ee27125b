import { SchemaError } from '../../../schema/parse.ts';
import {
  ContendedError,
  KeyReusedError,
  NotFoundError,
  OrphanError,
  OtherSandboxError,
  PlatformError,
  RuleError,
  StoppingError,
  VersionError,
} from '../../errors.ts';
import {
  BackupError,
  BrokenRecordError,
  ConflictError,
  NamespaceDeletingError,
  NameTakenError,
  NewerRecordError,
  QuotaError,
  StoreBusyError,
} from '../../store/errors.ts';
import { CursorError } from '../../store/paging.ts';
import { NoMatchError } from '../request/if-match.ts';
import { ConsumedBodyError, IncompleteBodyError, TooLargeError } from '../request/read-body.ts';
import type { ErrorCode } from './error-codes.ts';
import { problem, type Reply } from './reply.ts';

/** The reply to an error. */
export interface ErrorReply {
  readonly reply: Reply;
  /** Whether the server is at fault. Such errors are reported to the operator. */
  readonly isOurs: boolean;
}

/** The codes of the errors whose messages are for the client. */
const codes: readonly (readonly [kind: new (...args: never[]) => Error, code: ErrorCode])[] = [
  [RuleError, 'invalid_request'],
  [CursorError, 'invalid_cursor'],
  [BackupError, 'backup_failed'],
  [IncompleteBodyError, 'incomplete_body'],
  [QuotaError, 'quota_reached'],
  [NameTakenError, 'name_taken'],
  [KeyReusedError, 'key_reused'],
  [NamespaceDeletingError, 'namespace_deleting'],
  [VersionError, 'version_changed'],
  [OtherSandboxError, 'name_moved'],
  [NoMatchError, 'no_matching_tag'],
  [TooLargeError, 'body_too_large'],
  [SchemaError, 'invalid_body'],
  [ConsumedBodyError, 'consumed_body'],
];

/** The codes of the errors after which the same request may succeed in a moment, or at another server. */
const passingCodes: typeof codes = [
  [StoppingError, 'stopping'],
  [StoreBusyError, 'store_busy'],
  [ContendedError, 'contended'],
  [ConflictError, 'contended'],
  [NewerRecordError, 'newer_record'],
];

/** The reply to an error. It hides the details of server errors from the client. */
export function errorReplyOf(error: unknown): ErrorReply {
  if (error instanceof NotFoundError)
    return { reply: problem(`${error.kind}_not_found`, error.message), isOurs: false };
  if (error instanceof OrphanError) return { reply: problem(error.code, error.message), isOurs: false };
  if (error instanceof PlatformError) {
    const reply = problem('platform_not_responding', error.message, { 'retry-after': '5' });
    return { reply, isOurs: false };
  }
  const passing = passingCodes.find(([kind]) => error instanceof kind);
  if (passing) {
    const { message } = error as Error;
    return { reply: problem(passing[1], message, { 'retry-after': '1' }), isOurs: false };
  }
  const known = codes.find(([kind]) => error instanceof kind);
  const reply = known
    ? problem(known[1], (error as Error).message)
    : error instanceof BrokenRecordError
      ? problem('broken_record', brokenText)
      : problem('internal', 'Internal server error; try again.');
  return { reply, isOurs: reply.status === 500 };
}

const brokenText =
  'The record of this sandbox is broken and was set aside; contact the operator of the server.';
