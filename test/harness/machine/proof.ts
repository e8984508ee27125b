import { deepStrictEqual } from 'node:assert';
import type { CreateInput, Policy, Sandbox, SandboxEvent, Transition } from '../../../src/index.ts';
import { type Numbers, numbers, oracle, oracleCreate } from '../../oracle.ts';
import { walkReachable } from './reachable.ts';

/** A machine under proof: anything that answers as `createSandbox` and `transition` do. */
export interface Subject {
  create(input: CreateInput): Transition;
  transition(sandbox: Sandbox, event: SandboxEvent): Transition;
}

/** Proves a machine against the oracle on every reachable configuration × every event; throws at the first difference. */
export function prove(subject: Subject, own: Numbers = numbers): { configurations: number; steps: number } {
  return walkReachable(
    (input) => {
      const created = subject.create(input);
      deepStrictEqual(created, oracleCreate(input, own));
      return created.sandbox;
    },
    (before, event) => {
      const kept = JSON.stringify(before);
      const result = subject.transition(before, event);
      judge(before, event, result, own);
      deepStrictEqual(JSON.stringify(before), kept, 'the record given was changed');
      return result.sandbox;
    },
  );
}

/** Holds one result against the oracle: outcome, record, effects, reason and code, and the identity of a record left be. */
export function judge(
  before: Sandbox,
  event: SandboxEvent,
  result: Transition,
  own: Numbers = numbers,
): void {
  const { refusal, ...rest } = result;
  const verdict = oracle(before, event, own);
  const said = refusal === undefined ? rest : { ...rest, code: refusal.code };
  deepStrictEqual(said, verdict, `${before.status} on ${JSON.stringify(event)}`);
  if (result.outcome !== 'applied' && result.sandbox !== before)
    throw new Error('an unchanged record was copied');
  if (refusal && (refusal.status !== before.status || !refusal.message.includes(before.status))) {
    throw new Error(`the refusal does not name the status: ${refusal.message}`);
  }
}

/** A policy in which every number is another one, as a policy and as the oracle reads it. */
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
