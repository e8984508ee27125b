import { expect, test } from 'vitest';
import { createSandbox, transition } from '../../../../src/index.ts';
import type { HistoryRow } from '../../../../src/server/index.ts';
import type { History } from '../../../harness/kill/history.ts';
import type { Request, ServerReply } from '../../../harness/kill/request-log.ts';
import { checkRequest } from '../../../harness/kill/request-oracle.ts';

const before = createSandbox({ id: 'a', name: null, at: 1 }).sandbox;
const { sandbox } = transition(before, { type: 'rename', name: 'ada', at: 2 });

/** Checks a rename that got these responses, one per attempt, and took effect by the attempt with this number. */
function check(responses: readonly ServerReply[], effectOf: number): string | undefined {
  const request = {
    command: { type: 'rename', sandboxId: 'a', name: 'ada' },
    key: 'key',
    ifVersion: null,
    attempts: responses.map((answer, index) => ({ requestId: `request-${index}`, server: 1, answer })),
  } as Request;
  const event = { type: 'rename', name: 'ada', at: 2 };
  const row = {
    sandboxId: 'a',
    sequence: 2,
    version: 2,
    event,
    cause: `request-${effectOf}`,
    sandbox,
  } as HistoryRow;
  const history = { causedBy: () => [row], at: () => row } as Pick<History, 'causedBy' | 'at'>;
  return checkRequest(request, history as History);
}

const body = JSON.stringify({ id: 'a', version: 2, lifecycle: sandbox });
const applied: ServerReply = { status: 200, version: 2, refusalCode: null, body };
const taken: ServerReply = { status: 409, version: null, refusalCode: null, body: 'The name is taken.' };
const refused: ServerReply = { status: 400, version: 1, refusalCode: 'terminal', body: 'Cannot rename.' };

test('a request may take effect after an error that the server does not store', () => {
  expect(check([taken, applied], 1)).toBeUndefined();
});

test('an attempt with an error must not take effect', () => {
  expect(check([taken, applied], 0)).toMatch(/took effect, but its response is an error/);
});

test('a stored refusal is final', () => {
  expect(check([refused, applied], 1)).toMatch(/two different responses|its response is an error/);
});
