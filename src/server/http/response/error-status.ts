import { SchemaError } from '../../../schema/parse.ts';
import { KeyReusedError, NotFoundError, RuleError, VersionError } from '../../errors.ts';
import { CursorError } from '../../store/paging.ts';
import { BrokenRecordError, NameTakenError } from '../../store/store.ts';
import { NoMatchError } from '../request/if-match.ts';
import { IncompleteBodyError, TooLargeError } from '../request/read-body.ts';

/** The reply to an error. */
export interface ErrorReply {
  readonly status: number;
  readonly text: string;
  /** Whether the server is at fault, so that an operator has to know. */
  readonly isOurs: boolean;
}

/** The statuses of the errors whose messages are for the client. */
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
] as const;

/** The reply to an error. A client gets no detail of an error of the server. */
export function errorReplyOf(error: unknown): ErrorReply {
  const known = statuses.find(([kind]) => error instanceof kind);
  if (known) return { status: known[1], text: (error as Error).message, isOurs: false };
  if (error instanceof BrokenRecordError) {
    return {
      status: 500,
      text: 'The record of this sandbox is broken and was set aside; only the operator of the server can help.',
      isOurs: true,
    };
  }
  return { status: 500, text: 'Something went wrong in the server; try again.', isOurs: true };
}
