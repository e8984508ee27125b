import { describe, expect, test } from 'vitest';
import { can, commands, type Sandbox, transition, why } from '../../../src/index.ts';
import { records } from '../../harness/machine/records.ts';

describe('every refusal is one sentence that names the status and what would help', () => {
  test.each([
    [
      'suspend',
      records.ephemeral,
      'ephemeral',
      'Cannot suspend a running sandbox: it has no name, and only named sandboxes can be suspended; give it a name first.',
    ],
    [
      'suspend',
      records.ephemeralPending,
      'ephemeral',
      'Cannot suspend a pending sandbox: it has no name, and only named sandboxes can be suspended; give it a name first.',
    ],
    [
      'snapshot',
      records.pending,
      'busy',
      'Cannot snapshot a pending sandbox: its boot is in progress; try again when it has finished.',
    ],
    [
      'keepalive',
      records.resuming,
      'busy',
      'Cannot keep alive a suspended sandbox: its resume is in progress; try again when it has finished.',
    ],
    [
      'suspend',
      records.snapshotting,
      'busy',
      'Cannot suspend a snapshotting sandbox: its snapshot is in progress; try again when it has finished.',
    ],
    [
      'snapshot',
      records.suspending,
      'busy',
      'Cannot snapshot a suspending sandbox: its suspend is in progress; try again when it has finished.',
    ],
    [
      'snapshot',
      records.suspended,
      'not_running',
      'Cannot snapshot a suspended sandbox: it is not running; resume it first.',
    ],
    [
      'resume',
      records.terminated,
      'terminal',
      'Cannot resume a terminated sandbox: terminated is final; create a new one instead.',
    ],
    [
      { type: 'rename', name: '' },
      records.running,
      'invalid',
      'Cannot rename a running sandbox: the new name is empty, and a name can be changed but not removed; pass a name of at least one character.',
    ],
    [
      { type: 'snapshot', snapshotId: '' },
      records.running,
      'invalid',
      'Cannot snapshot a running sandbox: the snapshot id is empty; pass an id of at least one character that no other snapshot has.',
    ],
    [
      { type: 'setTimeouts', timeoutMs: 0 },
      records.running,
      'invalid',
      'Cannot set the timeouts of a running sandbox: a limit is below 1 ms; pass a whole number of ms from 1, or null for no limit.',
    ],
    [
      { type: 'setTimeouts', idleTimeoutMs: 0 },
      records.running,
      'invalid',
      'Cannot set the timeouts of a running sandbox: a limit is below 1 ms; pass a whole number of ms from 1, or null for no limit.',
    ],
    [
      { type: 'setTimeouts', timeoutMs: 60_000, suspendedTimeoutMs: -1 },
      records.suspended,
      'invalid',
      'Cannot set the timeouts of a suspended sandbox: a limit is below 1 ms; pass a whole number of ms from 1, or null for no limit.',
    ],
    [
      { type: 'setTimeouts' },
      records.pending,
      'invalid',
      'Cannot set the timeouts of a pending sandbox: no limit is given; pass at least one of timeoutMs, idleTimeoutMs and suspendedTimeoutMs.',
    ],
    [
      { type: 'setTimeouts' },
      records.terminated,
      'terminal',
      'Cannot set the timeouts of a terminated sandbox: terminated is final; create a new one instead.',
    ],
    [
      'configure',
      records.terminated,
      'terminal',
      'Cannot configure a terminated sandbox: terminated is final; create a new one instead.',
    ],
  ] as const)('%j', (command, sandbox, code, message) => {
    expect(why(sandbox, command)).toEqual({ code, message, status: sandbox.status });
    expect(can(sandbox, command)).toBe(false);
  });

  test('a command that is not refused has no reason', () => {
    expect(commands.filter((command) => can(records.running, command))).toEqual([...commands]);
    expect(why(records.suspended, { type: 'rename', name: 'grace' })).toBeUndefined();
  });

  test('can and why throw for anything but a command', () => {
    expect(() => why(records.running, 'constructor' as 'suspend')).toThrow(
      /^command must be one of suspend, /,
    );
    expect(() => why(records.running, null as never)).toThrow('command must be an object, but is null.');
    expect(() => can(records.running, { type: 'timeout' } as never)).toThrow(/but is "timeout"\.$/);
    expect(() => why(records.running, { type: 'rename' } as never)).toThrow(/^event\.name must be a string/);
  });
});

test('terminal comes first, then ephemeral, then busy', () => {
  const ended: Sandbox = transition(records.ephemeral, { type: 'terminate', at: 9 }).sandbox;
  expect(why(ended, 'suspend')?.code).toBe('terminal');
  expect(why(records.ephemeralSnapshotting, 'suspend')?.code).toBe('ephemeral');
  expect(why(records.snapshotting, 'suspend')?.code).toBe('busy');
});
