import { empty, latest, s } from '../dom.ts';
import { senderOf } from '../session/facts.ts';
import type { LogEntry } from '../session/log-entry.ts';
import { linesSoFar } from '../state.ts';
import { clock } from '../time.ts';

const rowHeight = 26;
const top = 34;

interface Arrow {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly kind: string;
}

/** Draws the messages between client, sandbox and platform, from top to bottom. */
export function drawSequence(): Node[] {
  const { last: arrows, note } = latest(readArrows(linesSoFar()));
  if (arrows.length === 0) return empty('No messages yet.');
  const used = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  const lanes = ['user', 'client', 'sandbox', 'platform', 'clock'].filter((lane) => used.has(lane));
  const width = 420;
  const x = (lane: string) => 44 + (lanes.indexOf(lane) * (width - 88)) / Math.max(1, lanes.length - 1);
  const height = top + arrows.length * rowHeight + 12;
  return [
    ...note,
    s(
      'svg.sequence',
      {
        width,
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': 'Sequence of events',
      },
      ...lanes.flatMap((lane) => [
        s('text.lane', { x: x(lane), y: 16 }, lane),
        s('path.life', { d: `M${x(lane)} 24V${height}` }),
      ]),
      ...arrows.map((arrow, row) => drawArrow(arrow, top + row * rowHeight + 14, x)),
    ),
  ];
}

function drawArrow({ from, to, text, kind, at }: Arrow, y: number, x: (lane: string) => number): Element {
  const [start, end] = [x(from), x(to)];
  const direction = Math.sign(end - start);
  return s(
    'g.arrow',
    { 'data-kind': kind },
    s('title', clock(at)),
    s('path.line', { d: `M${start} ${y}H${end - direction * 2}` }),
    s('path.head', { d: `M${end} ${y}l${-direction * 7} -3.5v7z` }),
    s('text', { x: (start + end) / 2, y: y - 4 }, text),
  );
}

/**
 * Reads the arrows from the log. A command that a client has predicted comes from that client, whatever sender the
 * server reports.
 */
function readArrows(lines: readonly LogEntry[]): Arrow[] {
  const predicted = new Map<string, number>();
  return lines.flatMap(({ kind, event, isPrediction, at, after, before, reason }): Arrow[] => {
    if (kind === 'seen') return [];
    const waiting = predicted.get(event) ?? 0;
    if (isPrediction && kind === 'predicted') {
      predicted.set(event, waiting + 1);
      return [{ at, from: 'user', to: 'client', text: event, kind }];
    }
    if (isPrediction) {
      predicted.set(event, waiting - 1);
      return [{ at, from: 'sandbox', to: 'client', text: kind, kind }];
    }
    const text = kind === 'refused' ? `${event}: ${reason?.code}` : event;
    const own: Arrow = { at, from: waiting > 0 ? 'client' : senderOf(event), to: 'sandbox', text, kind };
    const request = requestOf(before, after);
    if (request === undefined) return [own];
    return [own, { at, from: 'sandbox', to: 'platform', text: request, kind: 'requested' }];
  });
}

/** The request to the platform that follows a step: a new operation, or a new configuration for what runs. */
function requestOf(before: LogEntry['before'], after: LogEntry['after']): string | undefined {
  const [old, request] = [before, after].map(operationOf);
  if (request !== undefined && request !== old) return request;
  const [had, generation] = [before, after].map((state) => state?.context['generation']);
  const isNew = had !== undefined && had !== generation && /^(running|snap)/.test(after?.path ?? '');
  return isNew ? `configure ${generation}` : undefined;
}

function operationOf(state: LogEntry['after']): string | undefined {
  const operation = state?.context['operation'] as { kind?: unknown; id?: unknown } | null | undefined;
  return operation ? `${operation.kind} #${operation.id}` : undefined;
}
