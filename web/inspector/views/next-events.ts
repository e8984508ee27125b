import { empty, h } from '../dom.ts';
import { factsOf, senderOf } from '../session/facts.ts';
import { type NextEvent, nextEvents } from '../session/next-events.ts';
import { linesSoFar } from '../state.ts';
import { clock } from '../time.ts';

const titles = {
  user: 'Commands',
  platform: 'Platform reports',
  clock: 'Clock',
};

/** Draws the events that can happen next, and why the others cannot. */
export function drawNextEvents(): Node[] {
  const { confirmed } = factsOf(linesSoFar());
  const events = confirmed ? nextEvents(confirmed) : [];
  if (events.length === 0) return empty('Not a sandbox record.');
  return Object.entries(titles).flatMap(([sender, title]) => [
    h('h2', title),
    h('ul.next', ...events.filter(({ type }) => senderOf(type) === sender).map(drawNextEvent)),
  ]);
}

const drawNextEvent = ({ type, mayHappen, words, dueAt }: NextEvent) =>
  h(
    mayHappen ? 'li.may' : 'li.not',
    h('b', type),
    h('span', words.replace('.', mayHappen ? ' · ' : '.') + (dueAt ? ` at ${clock(dueAt)}` : '')),
  );
