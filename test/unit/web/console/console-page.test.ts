import { describe, expect, it } from 'vitest';
import { displayStatusOf } from '../../../../src/client/index.ts';
import { emptyDraft, inputOf, problemsOf } from '../../../../web/console/create/draft.ts';
import { choices, countOf, isShown } from '../../../../web/console/list/filter.ts';
import { clockTime, duration } from '../../../../web/console/shared/time.ts';
import { actorWord } from '../../../../web/console/shared/words.ts';
import { records } from '../../../harness/machine/records.ts';

describe('a duration', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999, '999 ms'],
    [3_049, '3.0 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [7_800_000, '2 h 10 min'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
  ])('of %d ms is %s', (milliseconds, text) => {
    expect(duration(milliseconds)).toBe(text);
  });

  it.each([
    [-1, '0:00'],
    [1, '0:01'],
    [272_000, '4:32'],
    [3_605_000, '1:00:05'],
    [604_799_000, '6 d 23:59:59'],
  ])('of %d ms is %s on a clock', (milliseconds, text) => {
    expect(clockTime(milliseconds)).toBe(text);
  });
});

describe('the texts of the page', () => {
  it('name the actor', () => {
    expect(actorWord({ isMine: true, actor: 'ada' })).toBe('you');
    expect(actorWord({ isMine: false, actor: 'ada' })).toBe('ada');
    expect(actorWord({ isMine: false, actor: 'clock' })).toBe('the clock');
    expect(actorWord({ isMine: false, actor: null })).toBe(null);
  });
});

describe('the list', () => {
  const all = [
    records.running,
    records.suspended,
    records.resuming,
    records.terminated,
    { ...records.pending, name: 'Other' },
  ];
  const sandboxes = all.map((sandbox) => ({ sandbox, displayStatus: displayStatusOf(sandbox) }));

  it('counts the sandboxes that each filter shows', () => {
    expect(countOf(sandboxes)).toEqual({ active: 4, running: 1, suspended: 2, terminated: 1, all: 5 });
    for (const show of choices)
      expect(sandboxes.filter((one) => isShown(one, show, ''))).toHaveLength(countOf(sandboxes)[show]);
  });

  it('finds a sandbox by part of its name or id, in upper or lower case', () => {
    expect(sandboxes.filter((one) => isShown(one, 'all', ' oTHer '))).toHaveLength(1);
    expect(sandboxes.filter((one) => isShown(one, 'all', records.running.id.toUpperCase()))).not.toHaveLength(
      0,
    );
    expect(isShown({ sandbox: null, displayStatus: null }, 'all', '')).toBe(false);
  });
});

describe('the input of a creation', () => {
  it('omits empty fields', () => {
    expect(inputOf(emptyDraft)).toEqual({});
    expect(inputOf({ ...emptyDraft, name: 'left over' }, 's1')).toEqual({ snapshotId: 's1' });
  });

  it('takes an argument from each line, and keeps its spaces', () => {
    const draft = {
      ...emptyDraft,
      kind: 'named',
      name: ' my-env ',
      seconds: 60,
      command: 'sh\n-c\n\n sleep 1 \n',
    } as const;
    expect(inputOf(draft)).toEqual({
      name: 'my-env',
      timeoutMs: 60_000,
      entrypoint: ['sh', '-c', ' sleep 1 '],
    });
  });
});

describe('the problems of a draft', () => {
  it('are listed by field', () => {
    expect(problemsOf(emptyDraft)).toEqual({});
    expect(problemsOf({ ...emptyDraft, kind: 'named', name: ' ' })).toHaveProperty('name');
    for (const seconds of [0, -5, 1.5, 1e18, Number.NaN])
      expect(problemsOf({ ...emptyDraft, seconds }), `${seconds}`).toHaveProperty('seconds');
    expect(problemsOf({ ...emptyDraft, kind: 'named', name: 'a', seconds: 1 })).toEqual({});
  });
});
