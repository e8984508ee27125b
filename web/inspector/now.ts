import { clock, h } from './dom.ts';
import { factsOf } from './facts.ts';
import { linesSoFar } from './state.ts';

/** What the sandbox is at the moment that is looked at. */
export function drawNow(): Node[] {
  const { truth, prediction } = factsOf(linesSoFar());
  if (truth === undefined) {
    return [
      h(
        'p',
        { class: 'empty' },
        'Start an actor with this inspector, open a session, or attach to a server.',
      ),
    ];
  }
  const { name, version, operation, expiresAt, outcome } = truth.context as Record<string, unknown>;
  const { kind, id, deadline } = (operation ?? {}) as Record<string, unknown>;
  const { result, reason } = (outcome ?? {}) as Record<string, unknown>;
  const facts: [string, string | undefined | false][] = [
    ['name', name === null ? 'none: ephemeral' : typeof name === 'string' && name],
    ['version', version !== undefined && String(version)],
    ['in flight', kind !== undefined && `${kind} #${id}, until ${clock(Number(deadline))}`],
    ['limit up at', typeof expiresAt === 'number' && clock(expiresAt)],
    ['ended as', result !== undefined && `${result}: ${reason}`],
  ];
  return [
    h(
      'p',
      { class: 'status', 'data-status': truth.path.split('.')[0] ?? '' },
      h('strong', {}, truth.path.replace('.', ' · ') || 'unknown'),
      prediction !== undefined && h('span', { class: 'predicted' }, `shown as ${prediction.path}`),
    ),
    h(
      'dl',
      {},
      ...facts.flatMap(([term, value]) =>
        value ? [h('div', {}, h('dt', {}, term), h('dd', {}, value))] : [],
      ),
    ),
  ];
}
