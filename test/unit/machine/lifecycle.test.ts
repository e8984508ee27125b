import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { leavesOf, readActions, transitionsOf } from '../../../scripts/compile-table.ts';
import { statuses } from '../../../src/index.ts';
import { lifecycle } from '../../../src/machine/lifecycle.ts';

const source = readFileSync(new URL('../../../src/machine/lifecycle.ts', import.meta.url), 'utf8');
const leaves = leavesOf(lifecycle.root);
const transitions = leaves.flatMap((leaf) => [...transitionsOf(leaf).values()].flat());

describe('the literal machine', () => {
  test('has the six statuses as its states, in lifecycle order', () => {
    expect(Object.keys(lifecycle.root.states)).toEqual([...statuses]);
    expect(lifecycle.root.states['terminated']?.type).toBe('final');
    expect(Object.keys(lifecycle.root.states['suspended']?.states ?? {})).toEqual(['idle', 'resuming']);
  });

  test('describes every state and every transition in a sentence', () => {
    const nodes = [lifecycle.root, ...Object.values(lifecycle.root.states), ...leaves];
    for (const node of nodes) expect(node.description, node.id).toMatch(/^[A-Z].{20,}\.$/);
    for (const { description, source: from, eventType } of transitions)
      expect(description, `${from.id} ${eventType}`).toMatch(/^[A-Z].{15,}\.$/);
  });

  test('names its guards and actions, and has exactly one update per transition', () => {
    for (const { guard, source: from, actions } of transitions) {
      expect(['string', 'undefined']).toContain(typeof guard);
      expect(readActions(from.id, actions).updates).toHaveLength(1);
    }
  });

  test('uses no timer, no child actor and no generated part', () => {
    expect(source).not.toMatch(/\bafter:|\binvoke:|\balways:|\.generated/);
    expect(source.match(/\.createMachine\(/g)).toHaveLength(1);
    expect(leaves.filter((leaf) => leaf.after.length > 0 || leaf.invoke.length > 0)).toEqual([]);
  });

  test('is JSON, including its meta, for editors and inspectors', () => {
    const { context: _, ...config } = lifecycle.config;
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });
});
