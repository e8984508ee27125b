import { empty, h, terms } from '../dom.ts';
import { factsOf } from '../session/facts.ts';
import { linesSoFar, state } from '../state.ts';
import { clock, instant } from '../time.ts';

/** Draws the state of the sandbox at the selected line. */
export function drawSummary(): Node[] {
  const { confirmed, prediction } = factsOf(linesSoFar());
  if (confirmed === undefined) {
    return empty(
      state.session.entries.length > 0
        ? `No messages of ${state.sandbox} yet.`
        : 'Start an actor with this inspector, open a session or connect to a server.',
    );
  }
  const { name, version, generation, operation, lastOperation, expiresAt, idleAt, discardAt, outcome } =
    confirmed.context as Record<string, unknown>;
  const { kind, id, deadline } = (operation ?? {}) as Record<string, unknown>;
  const last = (lastOperation ?? {}) as Record<string, unknown>;
  const { result, reason, exitCode } = (outcome ?? {}) as Record<string, unknown>;
  const time = (at: unknown) => typeof at === 'number' && instant(at);
  const status = confirmed.path.split('.')[0] ?? '';
  return [
    h(
      'p.status',
      { 'data-status': status },
      h('strong', confirmed.path.replace('.', ' · ') || 'unknown'),
      prediction && h('span.predicted', `shown as ${prediction.path}`),
    ),
    terms([
      ['name', name === null ? 'none (ephemeral)' : typeof name === 'string' && name],
      ['version', version !== undefined && String(version)],
      ['operation', kind !== undefined && `${kind} #${id}, until ${clock(Number(deadline))}`],
      ['last', last['kind'] !== undefined && wordsOf(last)],
      ['generation', Number(generation) > 1 && String(generation)],
      ['expires at', time(expiresAt)],
      ['idle at', time(idleAt)],
      ['discard at', time(discardAt)],
      ['ended as', result !== undefined && `${result}: ${reason}`],
      ['exit code', typeof exitCode === 'number' && String(exitCode)],
    ]),
  ];
}

/** `resume #3 failed: no disk`. */
const wordsOf = ({ kind, id, result, reason }: Record<string, unknown>) =>
  `${kind} #${id} ${String(result).replace('_', ' ')}${reason ? `: ${reason}` : ''}`;
