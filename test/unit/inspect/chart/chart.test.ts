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
import { sandboxMachine } from '../../../../src/machine/lifecycle.ts';
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

/** The room that each stretch of an arrow takes. All of them are level or upright. */
const stretches = (points: readonly Point[]): Box[] =>
  points.slice(1).map((to, at) => {
    const from = points[at] ?? to;
    const [x, y] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    return { x, y, width: Math.abs(from.x - to.x), height: Math.abs(from.y - to.y) };
  });

describe('the geometry of the chart', () => {
  it('holds every state of the machine once, and its words', () => {
    const nodes = (node: AnyStateNode): AnyStateNode[] =>
      Object.values(node.states).flatMap((child) => [child, ...nodes(child)]);
    const said = nodes(sandboxMachine.root).map((node) => [node.path.join('.'), node.key, node.description]);
    expect(states.map(({ path, label, description }) => [path, label, description])).toEqual(said);
    for (const { lines, description } of states) expect(lines.join(' ')).toBe(description);
  });

  it('holds every transition of the machine once', () => {
    const write = (source: string, { event, guard }: Pick<ChartLabel, 'event' | 'guard'>, target = source) =>
      `${source} ${event} [${guard ?? ''}] ${target}`;
    const nodes = (node: AnyStateNode): AnyStateNode[] => [
      node,
      ...Object.values(node.states).flatMap(nodes),
    ];
    const inMachine = nodes(sandboxMachine.root).flatMap((node) =>
      [...node.transitions.values()].flat().map(({ eventType, guard, target }) => {
        const way = { event: eventType, ...(typeof guard === 'string' && { guard }) };
        return write(node.path.join('.'), way, target?.[0]?.path.join('.'));
      }),
    );
    const inChart = [
      ...chart.edges.flatMap((edge) => edge.labels.map((label) => write(edge.source, label, edge.target))),
      ...states.flatMap((state) => state.stays.map((label) => write(state.path, label))),
    ];
    expect(inChart.toSorted()).toEqual(inMachine.toSorted());
  });

  it('says every guard in words, except the one that the legend says', () => {
    const silent = labels.filter(({ guard, condition }) => guard !== undefined && condition === undefined);
    expect(new Set(silent.map(({ guard }) => guard))).toEqual(new Set(['answersOperation']));
    expect(new Set(silent.map(({ kind }) => kind))).toEqual(new Set(['report']));
    expect(labels.filter(({ kind, guard }) => kind === 'report' && guard === undefined)).toEqual([]);
    expect(inWords('isDueAndNamed')).toBe('due and named');
  });

  it('begins where the machine begins', () => {
    expect(chart.starts.map(({ target }) => target)).toEqual(['pending', 'suspended.idle']);
  });

  it('lets no words overlap', () => {
    for (const [one, other] of pairs(named))
      expect(overlap(one.box, other.box), `${one.name} and ${other.name}`).toBe(false);
  });

  it('lets no words beside an arrow lie on a state, but for one with states inside', () => {
    for (const { event, box } of beside)
      for (const state of states.filter((state) => state.states.length === 0))
        expect(overlap(box, state.box), `${event} on ${state.path}`).toBe(false);
    for (const { box } of chart.legend)
      for (const state of states) expect(overlap(box, state.box)).toBe(false);
  });

  it('lets no arrow run through words, or through a state that it does not touch', () => {
    for (const { source, target, points } of chart.edges)
      for (const stretch of stretches(points)) {
        for (const { name, box } of named)
          expect(overlap(stretch, box), `${source} ${target} on ${name}`).toBe(false);
        for (const { path, box, states: inner } of states)
          if (inner.length === 0) expect(overlap(stretch, box), `${source} ${target} on ${path}`).toBe(false);
      }
  });

  it('lets no arrow run close past words', () => {
    const around = ({ x, y, width, height }: Box) => ({ x: x - 5, y, width: width + 10, height });
    for (const { source, target, points } of chart.edges)
      for (const stretch of stretches(points))
        for (const { event, box } of beside)
          expect(overlap(stretch, around(box)), `${source} ${target} past ${event}`).toBe(false);
  });

  it('lets every arrow begin and end at the border of its states', () => {
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

  it('keeps everything on the sheet, and what is inside a state inside its box', () => {
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

  it('follows the system only when it is asked to', () => {
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

  it.each(states.map(({ path }) => path))('marks %s, and nothing else, when it is active', (path) => {
    const marked = [
      ...drawChart(chart, { active: path }).matchAll(/class="state active"[^>]* data-state="([^"]*)"/g),
    ];
    expect(marked.map(([, state]) => state)).toEqual([path]);
  });

  it('marks nothing when no state, or an unknown one, is active', () => {
    expect(drawChart(chart)).not.toContain('class="state active"');
    expect(drawChart(chart, { active: 'nowhere' })).toBe(drawChart(chart));
  });

  it.each(
    chart.edges.flatMap(({ source, target, labels }) => labels.map(({ event }) => [source, event, target])),
  )('marks %s %s %s, and nothing else, when it was taken last', (source = '', event = '', target = '') => {
    const { elements } = readMarkup(drawChart(chart, { highlighted: { source, event, target } }));
    const highlighted = elements.filter(({ attributes }) => / ?highlighted$/.test(attributes['class'] ?? ''));
    expect(
      highlighted.map(({ attributes }) => [attributes['data-source'], attributes['data-event']]),
    ).toEqual([
      [source, undefined],
      [undefined, event],
    ]);
  });

  it('marks a transition that begins and ends inside of the states of its arrow', () => {
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

  it('marks a transition that leaves no state inside of its state', () => {
    const { elements } = readMarkup(
      drawChart(chart, { highlighted: { source: 'running', event: 'rename', target: 'running' } }),
    );
    const highlighted = elements.filter(({ attributes }) => attributes['class'] === 'highlighted');
    expect(highlighted.map(({ parent }) => parent?.attributes['data-state'])).toEqual(['running']);
  });

  it('marks the state that is shown before it is true', () => {
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
