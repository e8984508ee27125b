import { clock, h, s } from './dom.ts';
import { senderOf } from './facts.ts';
import type { Entry } from './session.ts';
import { linesSoFar } from './state.ts';

const rowHeight = 26;
const top = 34;
const most = 200;

interface Arrow {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly kind: string;
}

/** Who said what to whom, from top to bottom. */
export function drawSequence(): Node[] {
  const arrows = readArrows(linesSoFar()).slice(-most);
  if (arrows.length === 0) return [h('p', { class: 'empty' }, 'Nothing was said yet.')];
  const used = new Set(arrows.flatMap(({ from, to }) => [from, to]));
  const lanes = ['person', 'client', 'sandbox', 'platform', 'clock'].filter((lane) => used.has(lane));
  const width = 420;
  const x = (lane: string) => 44 + (lanes.indexOf(lane) * (width - 88)) / Math.max(1, lanes.length - 1);
  const height = top + arrows.length * rowHeight + 12;
  return [
    s(
      'svg',
      {
        class: 'sequence',
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': 'Sequence of events',
      },
      ...lanes.flatMap((lane) => [
        s('text', { class: 'lane', x: x(lane), y: 16, 'text-anchor': 'middle' }, lane),
        s('path', { class: 'life', d: `M${x(lane)} 24V${height}` }),
      ]),
      ...arrows.map((arrow, row) => drawArrow(arrow, top + row * rowHeight + 14, x)),
    ),
  ];
}

function drawArrow({ from, to, text, kind, at }: Arrow, y: number, x: (lane: string) => number): SVGElement {
  const [start, end] = [x(from), x(to)];
  const way = Math.sign(end - start) || 1;
  const line = start === end ? `M${start} ${y}h14v6h-10` : `M${start} ${y}H${end - way * 2}`;
  const head = start === end ? `M${end + 1} ${y + 6}l6 -3.5v7z` : `M${end} ${y}l${-way * 7} -3.5v7z`;
  return s(
    'g',
    { class: 'arrow', 'data-kind': kind.replace(' ', '-') },
    s('title', {}, clock(at)),
    s('path', { class: 'line', d: line }),
    s('path', { class: 'head', d: head }),
    s(
      'text',
      {
        x: (start + end) / 2 + (start === end ? 18 : 0),
        y: y - 4,
        'text-anchor': start === end ? 'start' : 'middle',
      },
      text,
    ),
  );
}

/** A command that a client has predicted comes from it, whoever the server says it is from. */
function readArrows(lines: readonly Entry[]): Arrow[] {
  const predicted = new Map<string, number>();
  return lines.flatMap(({ kind, event, isPrediction, at, after, before, reason }): Arrow[] => {
    if (kind === 'seen') return [];
    const waiting = predicted.get(event) ?? 0;
    if (isPrediction && kind === 'predicted') {
      predicted.set(event, waiting + 1);
      return [{ at, from: 'person', to: 'client', text: event, kind }];
    }
    if (isPrediction) {
      predicted.set(event, waiting - 1);
      return [{ at, from: 'sandbox', to: 'client', text: kind, kind }];
    }
    const text = kind === 'refused' ? `${event}: ${reason?.code}` : event;
    const own: Arrow = { at, from: waiting > 0 ? 'client' : senderOf(event), to: 'sandbox', text, kind };
    const asked = operationOf(after);
    if (asked === undefined || asked === operationOf(before)) return [own];
    return [own, { at, from: 'sandbox', to: 'platform', text: asked, kind: 'asked' }];
  });
}

function operationOf(moment: Entry['after']): string | undefined {
  const operation = moment?.context['operation'] as { kind?: unknown; id?: unknown } | null | undefined;
  return operation ? `${operation.kind} #${operation.id}` : undefined;
}
