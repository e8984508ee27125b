import { empty, h } from '../dom.ts';
import { factsOf, type Way, waysFrom } from '../session/facts.ts';
import { linesSoFar } from '../state.ts';
import { clock } from '../time.ts';

const senders = [
  ['person', 'Commands'],
  ['platform', 'Reports of the platform'],
  ['clock', 'The clock'],
] as const;

/** What can happen now, and why the rest cannot. */
export function drawWays(): Node[] {
  const { truth } = factsOf(linesSoFar());
  const ways = truth ? waysFrom(truth) : [];
  if (ways.length === 0) return empty('This is no record of a sandbox, so nothing can be said.');
  return senders.flatMap(([sender, title]) => [
    h('h2', title),
    h('ul.ways', ...ways.filter(({ from }) => from === sender).map(drawWay)),
  ]);
}

const drawWay = ({ event, words, mayHappen, dueAt }: Way) =>
  h(
    mayHappen ? 'li.may' : 'li.not',
    h('b', event),
    h('span', words.replace('.', mayHappen ? ' · ' : '.') + (dueAt ? ` once it is ${clock(dueAt)}` : '')),
  );
