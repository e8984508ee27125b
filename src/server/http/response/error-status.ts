import { SchemaError } from '../../../schema/parse.ts';
import { KeyReusedError, NotFoundError, RuleError, VersionError } from '../../errors.ts';
import { CursorError } from '../../store/paging.ts';
import { BrokenRecordError, NameTakenError } from '../../store/store.ts';
import { NoMatchError } from '../request/if-match.ts';
import { ConsumedBodyError, IncompleteBodyError, TooLargeError } from '../request/read-body.ts';

/** The reply to an error. */
export interface ErrorReply {
  readonly status: number;
  readonly text: string;
  /** Whether the server is at fault. Such errors are reported to the operator. */
  readonly isOurs: boolean;
}

/** The statuses of the errors whose messages are for the client. The server is at fault for 500. */
const statuses = [
  [RuleError, 400],
  [CursorError, 400],
  [IncompleteBodyError, 400],
  [NotFoundError, 404],
  [NameTakenError, 409],
  [KeyReusedError, 409],
  [VersionError, 412],
  [NoMatchError, 412],
  [TooLargeError, 413],
  [SchemaError, 422],
  [ConsumedBodyError, 500],
] as const;

/** The reply to an error. It hides the details of server errors from the client. */
export function errorReplyOf(error: unknown): ErrorReply {
  const known = statuses.find(([kind]) => error instanceof kind);
  if (known) return { status: known[1], text: (error as Error).message, isOurs: known[1] === 500 };
  if (error instanceof BrokenRecordError) {
    return {
      status: 500,
      text: 'The record of this sandbox is broken and was set aside; contact the operator of the server.',
      isOurs: true,
    };
  }
  return { status: 500, text: 'Internal server error; try again.', isOurs: true };
}
