import { empty, h, terms } from '../dom.ts';
import { factsOf } from '../session/facts.ts';
import { linesSoFar, state } from '../state.ts';
import { clock } from '../time.ts';

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
  const { name, version, operation, expiresAt, outcome } = confirmed.context as Record<string, unknown>;
  const { kind, id, deadline } = (operation ?? {}) as Record<string, unknown>;
  const { result, reason } = (outcome ?? {}) as Record<string, unknown>;
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
      ['expires at', typeof expiresAt === 'number' && clock(expiresAt)],
      ['ended as', result !== undefined && `${result}: ${reason}`],
    ]),
  ];
}
