import { MalformedInputError } from '../../model/checks.ts';
import { checkSeen } from '../../testing/trace/check-trace.ts';
import { readSeen, type Seen } from '../../testing/trace/observation.ts';

/** The result of a check: the exit code and the text to print. */
export interface TraceCheck {
  readonly code: 0 | 1 | 2;
  readonly message: string;
}

/**
 * Checks a trace of JSON lines and ignores empty ones. `source` is the name of the file for messages, or `line` for the
 * standard input.
 */
export function checkTraceText(text: string, source: string, sampled: boolean): TraceCheck {
  const lines = text.split(/\r?\n/).map((content, index) => ({ content, number: index + 1 }));
  const seen: { what: Seen; place: string }[] = [];
  for (const { content, number } of lines.filter(({ content }) => content.trim() !== '')) {
    const place = source === 'line' ? `line ${number}` : `${source}:${number}`;
    try {
      seen.push({ what: readSeen(parse(content), 'the line'), place });
    } catch (error) {
      const unreadable = error instanceof MalformedInputError || error instanceof SyntaxError;
      return { code: unreadable ? 2 : 1, message: `${place}: ${(error as Error).message}` };
    }
  }
  const verdict = checkSeen(
    seen.map(({ what }) => what),
    { sampled },
  );
  if (!verdict.legal) return { code: 1, message: `${seen[verdict.index]?.place}: ${verdict.message}` };
  const { observations, sandboxes } = verdict;
  if (observations === 0) return { code: 2, message: `${source}: It contains no observations.` };
  const of = sandboxes === 1 ? 'of one sandbox' : `of ${sandboxes} sandboxes`;
  return { code: 0, message: `Legal: ${observations} observation${observations === 1 ? '' : 's'} ${of}.` };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new SyntaxError(
      `A line must be JSON, such as "running" or { "status": "running" }. ${(error as Error).message}.`,
    );
  }
}
