import { describe, expect, it } from 'vitest';
import type { AnyStateNode } from 'xstate';
import { inWords } from '../../../../scripts/chart/read.ts';
import {
  type Box,
  type ChartGeometry,
  type ChartLabel,
  type ChartState,
  lifecycleChart as chart,
  drawChart,
  type Point,
} from '../../../../src/inspect/chart/index.ts';
import { sandboxMachine } from '../../../../src/machine/sandbox-machine.ts';
import { readMarkup } from '../../../harness/inspect/markup.ts';

const withInner = (state: ChartState): ChartState[] => [state, ...state.states.flatMap(withInner)];
const states = chart.states.flatMap(withInner);
const beside = chart.edges.flatMap((edge) => edge.labels);
const labels = [...beside, ...states.flatMap((state) => state.stays)];
const named = [
  ...labels.map(({ event, box }) => ({ name: event, box })),
  ...chart.legend.map(({ kind, box }) => ({ name: `legend of ${kind}`, box })),
];
const pairs = <Item>(items: readonly Item[]) =>
  items.flatMap((one, at) => items.slice(at + 1).map((other) => [one, other] as const));

const overlap = (one: Box, other: Box) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

const contains = (outer: Box, inner: Box) =>
  outer.x <= inner.x &&
  outer.y <= inner.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height;

/** The box of each segment of an arrow. All segments are horizontal or vertical. */
const segments = (points: readonly Point[]): Box[] =>
  points.slice(1).map((to, at) => {
    const from = points[at] ?? to;
    const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    return { x, y, width: Math.abs(from.x - to.x), height: Math.abs(from.y - to.y) };
  });

describe('the geometry of the chart', () => {
  it('contains every state of the machine once, with its texts', () => {
    const nodes = (node: AnyStateNode): AnyStateNode[] =>
      Object.values(node.states).flatMap((child) => [child, ...nodes(child)]);
    const expected = nodes(sandboxMachine.root).map((node) => [
      node.path.join('.'),
      node.key,
      node.description,
    ]);
    expect(states.map(({ path, label, description }) => [path, label, description])).toEqual(expected);
    for (const { lines, description } of states) expect(lines.join(' ')).toBe(description);
  });

  it('contains every transition of the machine once', () => {
    const write = (source: string, { event, guard }: Pick<ChartLabel, 'event' | 'guard'>, target = source) =>
      `${source} ${event} [${guard ?? ''}] ${target}`;
    const nodes = (node: AnyStateNode): AnyStateNode[] => [
      node,
      ...Object.values(node.states).flatMap(nodes),
    ];
    const inMachine = nodes(sandboxMachine.root).flatMap((node) =>
      [...node.transitions.values()].flat().map(({ eventType, guard, target }) => {
        const transition = { event: eventType, ...(typeof guard === 'string' && { guard }) };
        return write(node.path.join('.'), transition, target?.[0]?.path.join('.'));
      }),
    );
    const inChart = [
      ...chart.edges.flatMap((edge) => edge.labels.map((label) => write(edge.source, label, edge.target))),
      ...states.flatMap((state) => state.stays.map((label) => write(state.path, label))),
    ];
    expect(inChart.toSorted()).toEqual(inMachine.toSorted());
  });

  it('shows every guard in words, except the one in the legend', () => {
    const silent = labels.filter(({ guard, condition }) => guard !== undefined && condition === undefined);
    expect(new Set(silent.map(({ guard }) => guard))).toEqual(new Set(['answersOperation']));
    expect(new Set(silent.map(({ kind }) => kind))).toEqual(new Set(['report']));
    expect(labels.filter(({ kind, guard }) => kind === 'report' && guard === undefined)).toEqual([]);
    expect(inWords('isDueAndNamed')).toBe('due and named');
  });

  it('begins where the machine begins', () => {
    expect(chart.starts.map(({ target }) => target)).toEqual(['pending', 'suspended.idle']);
  });

  it('has no overlapping texts', () => {
    for (const [one, other] of pairs(named))
      expect(overlap(one.box, other.box), `${one.name} and ${other.name}`).toBe(false);
  });

  it('has no label of an arrow on a state, except on a compound state', () => {
    for (const { event, box } of beside)
      for (const state of states.filter((state) => state.states.length === 0))
        expect(overlap(box, state.box), `${event} on ${state.path}`).toBe(false);
    for (const { box } of chart.legend)
      for (const state of states) expect(overlap(box, state.box)).toBe(false);
  });

  it('has no arrow through a text or through another state', () => {
    for (const { source, target, points } of chart.edges)
      for (const segment of segments(points)) {
        for (const { name, box } of named)
          expect(overlap(segment, box), `${source} ${target} on ${name}`).toBe(false);
        for (const { path, box, states: inner } of states)
          if (inner.length === 0) expect(overlap(segment, box), `${source} ${target} on ${path}`).toBe(false);
      }
  });

  it('keeps a distance between arrows and labels', () => {
    const around = ({ x, y, width, height }: Box) => ({ x: x - 5, y, width: width + 10, height });
    for (const { source, target, points } of chart.edges)
      for (const segment of segments(points))
        for (const { event, box } of beside)
          expect(overlap(segment, around(box)), `${source} ${target} past ${event}`).toBe(false);
  });

  it('has every arrow begin and end at the border of its states', () => {
    const boxOf = (path: string) => states.find((state) => state.path === path)?.box;
    const onBorder = ({ x, y }: Point, box: Box) =>
      contains(box, { x, y, width: 0, height: 0 }) &&
      (x === box.x || y === box.y || x === box.x + box.width || y === box.y + box.height);
    for (const { source, target, points } of chart.edges)
      for (const [path, point] of [
        [source, points[0]],
        [target, points.at(-1)],
      ] as const) {
        const box = boxOf(path);
        expect(box && point && onBorder(point, box), `${source} ${target} at ${path}`).toBe(true);
      }
  });

  it('keeps everything on the sheet, and every child inside its parent', () => {
    const sheet = { x: 0, y: 0, width: chart.width, height: chart.height };
    for (const { box } of [...named, ...states]) expect(contains(sheet, box)).toBe(true);
    for (const { box, stays, states: inner } of states)
      for (const part of [...stays, ...inner]) expect(contains(box, part.box)).toBe(true);
  });
});

describe('the drawing of the chart', () => {
  it.each(['auto', 'light', 'dark'] as const)('is one well-formed picture in the theme %s', (theme) => {
    const { names } = readMarkup(drawChart(chart, { theme }));
    expect(names[0]).toBe('svg');
    expect(names.filter((name) => name === 'desc')).toHaveLength(1);
    expect(names).not.toContain('script');
  });

  it('follows the system only with the theme auto', () => {
    expect(drawChart(chart)).toBe(drawChart(chart, { theme: 'auto' }));
    expect(drawChart(chart)).toContain('prefers-color-scheme');
    expect(drawChart(chart, { theme: 'light' })).not.toContain('prefers-color-scheme');
    expect(drawChart(chart, { theme: 'dark' })).not.toContain('prefers-color-scheme');
  });

  it('shows every event and every guard', () => {
    const { texts } = readMarkup(drawChart(chart));
    for (const { event, condition } of labels) {
      expect(texts).toContain(event);
      if (condition !== undefined) expect(texts).toContain(`[${condition}]`);
    }
  });

  it.each(states.map(({ path }) => path))('marks only %s when it is active', (path) => {
    const marked = [
      ...drawChart(chart, { active: path }).matchAll(/class="state active"[^>]* data-state="([^"]*)"/g),
    ];
    expect(marked.map(([, state]) => state)).toEqual([path]);
  });

  it('marks nothing without an active state, or with an unknown one', () => {
    expect(drawChart(chart)).not.toContain('class="state active"');
    expect(drawChart(chart, { active: 'nowhere' })).toBe(drawChart(chart));
  });

  it.each(
    chart.edges.flatMap(({ source, target, labels }) => labels.map(({ event }) => [source, event, target])),
  )('marks only %s %s %s when it is the last transition', (source = '', event = '', target = '') => {
    const { elements } = readMarkup(drawChart(chart, { highlighted: { source, event, target } }));
    const highlighted = elements.filter(({ attributes }) => / ?highlighted$/.test(attributes['class'] ?? ''));
    expect(
      highlighted.map(({ attributes }) => [attributes['data-source'], attributes['data-event']]),
    ).toEqual([
      [source, undefined],
      [undefined, event],
    ]);
  });

  it('marks a transition between child states of the states of its arrow', () => {
    const { elements } = readMarkup(
      drawChart(chart, {
        highlighted: { source: 'suspended.idle', event: 'terminate', target: 'terminated' },
      }),
    );
    const highlighted = elements.find(({ attributes }) => attributes['class'] === 'edge highlighted');
    expect(highlighted?.attributes).toMatchObject({
      'data-source': 'suspended',
      'data-target': 'terminated',
    });
  });

  it('marks a transition that stays in its state', () => {
    const { elements } = readMarkup(
      drawChart(chart, { highlighted: { source: 'running', event: 'rename', target: 'running' } }),
    );
    const highlighted = elements.filter(({ attributes }) => attributes['class'] === 'highlighted');
    expect(highlighted.map(({ parent }) => parent?.attributes['data-state'])).toEqual(['running']);
  });

  it('marks the predicted state', () => {
    const { elements } = readMarkup(drawChart(chart, { active: 'running', predicted: 'suspending' }));
    const marked = elements.filter(({ attributes }) => /active|predicted/.test(attributes['class'] ?? ''));
    expect(marked.map(({ attributes }) => [attributes['class'], attributes['data-state']])).toEqual([
      ['state active', 'running'],
      ['state predicted', 'suspending'],
    ]);
  });

  it('writes hostile text as text', () => {
    const hostile = `</text><script>alert("1" & '2')</script>\u0000\uD800`;
    const poison = <Value>(value: Value): Value => {
      if (typeof value === 'string') return hostile as Value;
      if (Array.isArray(value)) return value.map(poison) as Value;
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poison(item)])) as Value;
    };
    const picture = drawChart(poison<ChartGeometry>(chart), { active: hostile });
    expect(readMarkup(picture).names).not.toContain('script');
    expect(picture).not.toMatch(/\p{Surrogate}/u);
    expect(picture).not.toContain('\u0000');
  });
});
