import { clock, duration, h } from './dom.ts';
import { type Operation, operationsOf } from './facts.ts';
import { linesSoFar } from './state.ts';

/** How long each operation took, and each command of a client until it was known what became of it. */
export function drawLatency(): Node[] {
  const lines = linesSoFar();
  const operations = operationsOf(lines);
  const answers = lines.flatMap(({ event, kind, latencyMs }) =>
    latencyMs === undefined ? [] : [{ event, kind, latencyMs }],
  );
  const longest = Math.max(1, ...operations.map(tookMs), ...answers.map(({ latencyMs }) => latencyMs));
  return [
    h('h2', {}, 'Operations of the platform'),
    operations.length === 0
      ? h('p', { class: 'empty' }, 'None has begun.')
      : h('ul', { class: 'bars' }, ...operations.map((operation) => drawOperation(operation, longest))),
    ...(answers.length === 0
      ? []
      : [
          h('h2', {}, 'Commands of the client'),
          h(
            'ul',
            { class: 'bars' },
            ...answers.map(({ event, kind, latencyMs }) =>
              bar(event, kind, duration(latencyMs), latencyMs / longest),
            ),
          ),
        ]),
  ];
}

const tookMs = ({ beganAt, endedAt }: Operation) => (endedAt ?? beganAt) - beganAt;

function drawOperation(operation: Operation, longest: number): HTMLElement {
  const { kind, id, end, deadline } = operation;
  const took = end === undefined ? `until ${clock(deadline)}` : duration(tookMs(operation));
  return bar(`${kind} #${id}`, end ?? 'in flight', took, tookMs(operation) / longest);
}

function bar(name: string, end: string, took: string, share: number): HTMLElement {
  const line = h('span', { class: 'bar' });
  line.style.setProperty('--share', String(share));
  return h('li', {}, h('b', {}, name), h('span', {}, end), h('small', {}, took), line);
}
