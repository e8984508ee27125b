import { SchemaError } from '../../../schema/parse.ts';
import { KeyReusedError, NotFoundError, RuleError, VersionError } from '../../errors.ts';
import { CursorError } from '../../store/paging.ts';
import { BrokenRecordError, NameTakenError } from '../../store/store.ts';
import { GoneError, TooLargeError } from '../request/body-bytes.ts';
import { NoMatchError } from '../request/if-match.ts';

/** What an error is answered with, and whether an operator has to hear of it. */
export interface ProblemAnswer {
  readonly status: number;
  readonly text: string;
  readonly isOurs: boolean;
}

/** The statuses of the errors whose messages are for the client. */
const statuses = [
  [RuleError, 400],
  [CursorError, 400],
  [GoneError, 400],
  [NotFoundError, 404],
  [NameTakenError, 409],
  [KeyReusedError, 409],
  [VersionError, 412],
  [NoMatchError, 412],
  [TooLargeError, 413],
  [SchemaError, 422],
] as const;

/** What an error is answered with. One that is not for the client is told without any detail. */
export function answerTo(error: unknown): ProblemAnswer {
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
