import { deepStrictEqual } from 'node:assert';
import type { CreateInput, Policy, Sandbox, SandboxEvent, Transition } from '../../../src/index.ts';
import { type Numbers, numbers, oracle, oracleCreate } from '../../oracle.ts';
import { walkReachable } from './reachable.ts';

/** A machine under test, with the signatures of `createSandbox` and `transition`. */
export interface Subject {
  create(input: CreateInput): Transition;
  transition(sandbox: Sandbox, event: SandboxEvent): Transition;
}

/** Compares a machine with the oracle on every reachable configuration × every event. Throws at the first difference. */
export function prove(
  subject: Subject,
  own: Numbers = numbers,
  options: { isBrief?: boolean } = {},
): { configurations: number; steps: number } {
  return walkReachable(
    (input) => {
      const created = subject.create(input);
      deepStrictEqual(created, oracleCreate(input, own));
      return created.sandbox;
    },
    (before, event) => {
      const kept = JSON.stringify(before);
      const result = subject.transition(before, event);
      checkAgainstOracle(before, event, result, own);
      deepStrictEqual(JSON.stringify(before), kept, 'the given record was changed');
      return result.sandbox;
    },
    options,
  );
}

/** Compares one result with the oracle: outcome, record, effects, reason, code, and the identity of an unchanged record. */
export function checkAgainstOracle(
  before: Sandbox,
  event: SandboxEvent,
  result: Transition,
  own: Numbers = numbers,
): void {
  const { refusal, ...rest } = result;
  const verdict = oracle(before, event, own);
  const actual = refusal === undefined ? rest : { ...rest, code: refusal.code };
  deepStrictEqual(actual, verdict, `${before.status} on ${JSON.stringify(event)}`);
  if (result.outcome !== 'applied' && result.sandbox !== before)
    throw new Error('an unchanged record was copied');
  if (refusal && (refusal.status !== before.status || !refusal.message.includes(before.status))) {
    throw new Error(`the refusal does not name the status: ${refusal.message}`);
  }
}

/** A policy whose numbers all differ from the defaults, for the machine and (`oddNumbers`) for the oracle. */
export const oddPolicy: Pick<Policy, 'operationLimitSeconds' | 'suspendRetryDelaySeconds'> = {
  operationLimitSeconds: { boot: 7, snapshot: 1, suspend: 3, resume: 5 },
  suspendRetryDelaySeconds: 2,
};
export const oddNumbers: Numbers = {
  boot: 7_000,
  snapshot: 1_000,
  suspend: 3_000,
  resume: 5_000,
  retry: 2_000,
};
