import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildInspectorPage } from '../../../../scripts/inspector-page.ts';
import type { InspectorMessage } from '../../../../src/inspect/protocol/messages.ts';
import { parseSession } from '../../../../src/inspect/protocol/session-file.ts';
import { sampleEvent } from '../../../../src/machine/sample-event.ts';
import { stateOf } from '../../../../src/machine/table.ts';
import { transition } from '../../../../src/machine/transition.ts';
import { commands, reports } from '../../../../src/model/events.ts';
import { difference, factsOf, operationsOf, senderOf } from '../../../../web/inspector/session/facts.ts';
import { nextEvents } from '../../../../web/inspector/session/next-events.ts';
import { createSession, type Session } from '../../../../web/inspector/session/session.ts';
import { clock, duration } from '../../../../web/inspector/time.ts';
import { recordedSession } from '../../../harness/inspect/recorded-session.ts';
import { records } from '../../../harness/machine/records.ts';

const read = (messages: readonly InspectorMessage[]): Session => createSession(messages);

const lineOf = ({ event, kind, isPrediction }: Session['entries'][number]) =>
  `${isPrediction ? 'client ' : ''}${event} ${kind}`;

describe('a session', () => {
  const { entries } = read(recordedSession().messages);

  it('has a line for every event, and none for consequences', () => {
    expect(entries.map(lineOf)).toEqual([
      'created seen',
      'boot.progressed applied',
      'boot.completed applied',
      'client snapshot predicted',
      'snapshot applied',
      'client snapshot confirmed',
      'suspend refused',
      'snapshot.completed applied',
      'client suspend predicted',
      'suspend applied',
      'client suspend confirmed',
      'suspend.failed applied',
      'client rename predicted',
      'rename refused',
      'client rename rolled back',
      'suspend applied',
      'suspend.completed applied',
      'client resume predicted',
      'resume applied',
      'client resume confirmed',
      'resume.completed applied',
      'setTimeouts applied',
      'configure applied',
      'client suspend predicted',
    ]);
  });

  it('derives the confirmed and the predicted state at every line', () => {
    const at = (length: number) => {
      const { confirmed, prediction, last } = factsOf(entries.slice(0, length));
      return [confirmed?.path, prediction?.path, last?.event];
    };
    expect(at(0)).toEqual([undefined, undefined, undefined]);
    expect(at(1)).toEqual(['pending', undefined, undefined]);
    expect(at(4)).toEqual(['running', 'snapshotting', 'snapshot']);
    expect(at(6)).toEqual(['snapshotting', undefined, 'snapshot']);
    expect(at(24)).toEqual(['running', 'suspending', 'suspend']);
  });

  it('derives how long every operation took, and how it ended', () => {
    const took = operationsOf(entries).map(
      ({ kind, id, beganAt, endedAt = 0, end }) => `${kind} ${id} ${endedAt - beganAt} ${end}`,
    );
    expect(took).toEqual([
      'boot 1 1760 boot.completed',
      'snapshot 2 3610 snapshot.completed',
      'suspend 3 5200 suspend.failed',
      'suspend 4 3050 suspend.completed',
      'resume 5 880 resume.completed',
    ]);
  });

  it('derives how long every command took until its result', () => {
    expect(entries.flatMap(({ latencyMs = [] }) => latencyMs)).toEqual([62, 48, 71, 55]);
  });

  it('keeps sandboxes apart', () => {
    const other = JSON.parse(JSON.stringify(recordedSession().messages).replaceAll('s7jus08q', 'other'));
    const session = read([...recordedSession().messages, ...other]);
    expect(session.sandboxes()).toEqual(['s7jus08q', 'other']);
  });

  it('accepts an actor without an announcement, and one that is not a sandbox', () => {
    const base = { rootId: 'x:0', id: '1', createdAt: '7', _version: '0.7.2' };
    const event = { type: 'go' };
    const { entries: odd } = read([
      { type: '@xstate.event', sessionId: 'x:1', event, sourceId: undefined, ...base },
      {
        type: '@xstate.snapshot',
        sessionId: 'x:1',
        event,
        snapshot: { status: 'active', value: 'on' },
        ...base,
      },
      {
        type: '@xstate.snapshot',
        sessionId: 'x:2',
        event,
        snapshot: { status: 'active', context: 7 as never },
        ...base,
      },
    ]);
    expect(odd.map(lineOf)).toEqual(['go applied', 'go applied']);
    expect(nextEvents(odd[1]?.after ?? { path: '', context: {} })).toEqual([]);
  });
});

describe('the sender', () => {
  it.each([
    ['setTimeouts', 'user'],
    ['configure', 'user'],
    ['exited', 'platform'],
    ['lost', 'platform'],
    ['deadline.moved', 'clock'],
  ])('of %s is the %s', (event, sender) => {
    expect(senderOf(event)).toBe(sender);
  });
});

describe('a trimmed session', () => {
  const { messages } = recordedSession();
  const whole = createSession(messages);
  const facts = (session: Session, back = 0) => {
    const { confirmed, prediction } = factsOf(session.entries.slice(0, session.entries.length - back));
    return [confirmed, prediction?.path];
  };

  it.each(Array.from({ length: messages.length }, (_, most) => most + 1))(
    'derives the same facts from the kept lines, with %i messages',
    (most) => {
      const trimmed = whole.trim(most, 'none');
      const [first, ...left] = trimmed.entries;
      expect(first?.kind).toBe('seen');
      expect(left.map(lineOf)).toEqual(whole.entries.slice(whole.entries.length - left.length).map(lineOf));
      for (let back = 0; back < left.length; back++) expect(facts(trimmed, back)).toEqual(facts(whole, back));
      expect(left.map(({ before }) => before)).toEqual(
        whole.entries.slice(whole.entries.length - left.length).map(({ before }) => before),
      );
      const operations = operationsOf(whole.entries);
      const known = operationsOf(trimmed.entries);
      expect(known).toEqual(operations.slice(operations.length - known.length));
      expect(trimmed.messages.length).toBeLessThanOrEqual(most + 2);
      expect([trimmed.isTrimmed, whole.isTrimmed]).toEqual([true, false]);
    },
  );

  it('begins with the state of every sandbox, even of those without later messages', () => {
    const silent = JSON.parse(JSON.stringify(messages).replaceAll('s7jus08q', 'silent'));
    const session = createSession([...silent, ...messages]);
    const trimmed = session.trim(10, 'none');
    expect(trimmed.sandboxes().toSorted()).toEqual(['s7jus08q', 'silent']);
    const ofSilent = trimmed.entries.filter(({ sandbox }) => sandbox === 'silent');
    expect(ofSilent.map(lineOf)).toEqual(['earlier seen']);
    expect(factsOf(ofSilent).confirmed).toMatchObject({ path: 'running', context: { version: 13 } });
  });

  it('keeps all lines of the selected sandbox, unless that sandbox alone has too many', () => {
    const other = JSON.parse(JSON.stringify(messages).replaceAll('s7jus08q', 'other'));
    const session = createSession([...messages, ...other]);
    const linesOf = (trimmed: Session) =>
      trimmed.entries.filter(({ sandbox }) => sandbox === 's7jus08q').map(lineOf);
    expect(linesOf(session.trim(messages.length, 's7jus08q'))).toEqual(whole.entries.map(lineOf));
    expect(linesOf(session.trim(20, 's7jus08q'))).toEqual(['earlier seen']);
  });

  it('shows a new sandbox as created', () => {
    const trimmed = whole.trim(10, 'none');
    const [registration] = JSON.parse(JSON.stringify(messages).replaceAll('s7jus08q', 'new'));
    trimmed.add(registration);
    expect(trimmed.entries.map(lineOf).at(-1)).toBe('created seen');
  });
});

describe('the next events', () => {
  it.each(Object.entries(records))('match the machine: %s', (_, sandbox) => {
    const { status: __, ...context } = sandbox;
    const events = nextEvents({ path: stateOf(sandbox), context });
    expect(events.map(({ type }) => type)).toEqual([...commands, ...reports, 'timeout', 'deadline.moved']);
    for (const { type, words, mayHappen } of events) {
      const { outcome, sandbox: next, refusal } = transition(sandbox, sampleEvent(type, sandbox));
      expect(mayHappen, type).toBe(outcome === 'applied');
      if (mayHappen) expect(words).toBe(`→ ${stateOf(next)}`);
      else if (refusal) expect(words).toBe(refusal.message);
      else expect(words).toMatch(/\.$/);
    }
  });

  it('contain the time of the next timeout', () => {
    const { status: _, ...context } = records.running;
    const timeout = nextEvents({ path: 'running', context }).find(({ type }) => type === 'timeout');
    expect(timeout).toMatchObject({ type: 'timeout', dueAt: records.running.expiresAt });
  });

  it.each([
    ['constructor', {}],
    ['suspended.idle', { ...records.resuming }],
    ['hidden', { ...records.running }],
  ])('do not exist for a record that the machine cannot have: %s', (path, context) => {
    expect(nextEvents({ path, context })).toEqual([]);
  });
});

describe('a time or a duration', () => {
  it.each([1e300, -1e300, Number.NaN, Number.POSITIVE_INFINITY])('is empty for %s', (at) => {
    expect(clock(at)).toBe('');
  });

  it.each([
    [999, '999 ms'],
    [1_000, '1.0 s'],
    [59_999, '60.0 s'],
    [119_999, '1 min 59 s'],
    [5_400_000, '90 min 0 s'],
  ])('of %i ms is readable', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });
});

describe('a difference', () => {
  it('lists every field once, with the fields of an operation', () => {
    const stateOfRecord = (sandbox: typeof records.running) => ({
      path: sandbox.status,
      context: { ...sandbox },
    });
    const fields = difference(stateOfRecord(records.running), stateOfRecord(records.suspending));
    const changed = fields.filter(({ hasChanged }) => hasChanged).map(({ field }) => field);
    expect(changed).toContain('operation.kind');
    expect(changed).not.toContain('name');
    expect(fields.find(({ field }) => field === 'operation.deadline')?.after).toMatch(/^1970-01-01 00:05:00/);
    expect(difference(undefined, stateOfRecord(records.running)).some(({ hasChanged }) => hasChanged)).toBe(
      false,
    );
  });
});

describe('a session in a file', () => {
  const { messages } = recordedSession();

  it.each([
    ['an export of the page', JSON.stringify({ session: messages })],
    ['an array', JSON.stringify(messages)],
    ['one message per line', messages.map((message) => JSON.stringify(message)).join('\n')],
    [
      'lines, some without a message',
      `# log\n${messages.map((one) => JSON.stringify(one)).join('\r\n')}\n{}`,
    ],
  ])('is read from %s', (_, text) => {
    expect(parseSession(text)).toHaveLength(messages.length);
  });

  it.each(['', '{}', 'null', '[]', '7', '{"session":7}', '<html>'])('is not read from %j', (text) => {
    expect(() => parseSession(text)).toThrow('This file contains no inspector messages.');
  });
});

describe('the page as a file', async () => {
  const page = await buildInspectorPage();

  it('is self-contained', () => {
    const addresses = [...page.matchAll(/(?:https?:)?\/\/[\w.-]+/g)].map(([address]) => address);
    expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org']));
    expect(page).not.toMatch(/<(?:link|img|iframe)\b|@import|\bsrc="/);
  });

  it('allows only its own script', () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    const hashes = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(page) ?? [];
    expect(policy).toContain(`script-src ${hashes(script)};`);
  });

  it('is at most 16,000 bytes, compressed by gzip', () => {
    expect(gzipSync(page, { level: 9 }).length).toBeLessThanOrEqual(16_000);
  });
});
