import { readFileSync, statSync } from 'node:fs';
import { parseTokens, type Token } from '../../server/index.ts';
import type { Clock } from '../../utils/clock.ts';

/** A file of tokens that is followed. */
export interface TokenFile {
  /** Reads the file now, also when it has not changed. */
  reload(): void;
  /** Ends the looks. */
  close(): void;
}

/** Options of {@link followTokenFile}. */
export interface TokenFileOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Called with the tokens of a changed file. */
  readonly onTokens: (tokens: readonly Token[]) => void;
  /** Called once for each version of the file that cannot be used. The tokens stay as they are. */
  readonly onProblem: (error: Error) => void;
}

/** The time between two looks at the file, in ms. */
const lookMs = 2_000;

/** Reads tokens from the text of a file. Throws for a file without tokens, which would lock out every client. */
export function tokensOf(text: string): readonly Token[] {
  const tokens = parseTokens(text);
  if (tokens.length > 0) return tokens;
  throw new Error('The file has no token. Add one; a revoked token is one that the file does not have.');
}

/**
 * Follows a file of tokens by its status, every 2 s. A change counts once the status is the same at two looks in a row, so that
 * the file may be written piece by piece, or be absent while an editor replaces it.
 */
export function followTokenFile({ path, clock, onTokens, onProblem }: TokenFileOptions): TokenFile {
  let used = statusOf(path);
  let seen = used;
  let cancel = clock.wake(lookMs, look);

  return { reload, close: () => cancel() };

  function look(): void {
    cancel = clock.wake(lookMs, look);
    const status = statusOf(path);
    const isSettled = status === seen;
    seen = status;
    if (isSettled && status !== used) reload();
  }

  function reload(): void {
    used = statusOf(path);
    seen = used;
    try {
      onTokens(tokensOf(readFileSync(path, 'utf8')));
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      onProblem(
        new Error(`The tokens stay as they are, because ${path} cannot be used: ${problem}`, { cause }),
      );
    }
  }
}

/** A text that differs between two versions of a file; the code of the error for a file that cannot be read. */
function statusOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
