import { MalformedInputError } from '../../model/checks.ts';
import { checkSeen } from '../../testing/trace/check-trace.ts';
import { readSeen, type Seen } from '../../testing/trace/observation.ts';

/** What a check came to: the exit code, and what to say. */
export interface Checked {
  readonly code: 0 | 1 | 2;
  readonly said: string;
}

/** Checks a trace of JSON lines. Empty lines are passed over. `source` says where a line is, before its number. */
export function checkText(text: string, source: string, sampled: boolean): Checked {
  const lines = text.split(/\r?\n/).map((content, index) => ({ content, number: index + 1 }));
  const seen: { what: Seen; place: string }[] = [];
  for (const { content, number } of lines.filter(({ content }) => content.trim() !== '')) {
    const place = source === 'line' ? `line ${number}` : `${source}:${number}`;
    try {
      seen.push({ what: readSeen(parse(content), 'the line'), place });
    } catch (error) {
      const unreadable = error instanceof MalformedInputError || error instanceof SyntaxError;
      return { code: unreadable ? 2 : 1, said: `${place}: ${(error as Error).message}` };
    }
  }
  const verdict = checkSeen(
    seen.map(({ what }) => what),
    { sampled },
  );
  if (!verdict.legal) return { code: 1, said: `${seen[verdict.index]?.place}: ${verdict.message}` };
  const { observations, sandboxes } = verdict;
  if (observations === 0) return { code: 2, said: `${source}: There is nothing in it to check.` };
  const of = sandboxes === 1 ? 'of one sandbox' : `of ${sandboxes} sandboxes`;
  return { code: 0, said: `Legal: ${observations} observation${observations === 1 ? '' : 's'} ${of}.` };
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
