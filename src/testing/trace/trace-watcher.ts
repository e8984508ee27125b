import { applicableEvents } from '../../machine/sample-event.ts';
import { createSandbox, transition } from '../../machine/transition.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';
import { statuses } from '../../model/sandbox.ts';
import type { Seen, SeenEvent, SeenStatus } from './observation.ts';
import { after, changedOnce, everAfter, type Kind, newborn, unchanged } from './reachable-kinds.ts';

/** A step that cannot have happened. */
export interface Illegal {
  /** One sentence or two for a person: what is wrong, and what would have been legal. */
  readonly message: string;
  /** The statuses, or the types of events, that could have come there. */
  readonly legalNext: readonly string[];
}

/** Watches one sandbox: told what was seen, one after the other, it answers with the first that is illegal. */
export function watcher(sampled: boolean, policy: Policy): (seen: Seen) => Illegal | undefined {
  const statusWatcher = watchStatuses(sampled);
  const eventWatcher = watchEvents(policy);
  let first: Seen['kind'] | undefined;
  return (seen) => {
    first ??= seen.kind;
    if (seen.kind !== first) {
      const message = `A trace is of statuses or of events: this is one of ${first === 'event' ? 'events' : 'statuses'}.`;
      return { message, legalNext: [] };
    }
    if (seen.kind === 'status') return statusWatcher(seen);
    if (!sampled) return eventWatcher(seen);
    return { message: 'Events cannot be sampled; give every one, or statuses.', legalNext: [] };
  };
}

/** Keeps every kind of sandbox that it can be by now: the statuses do not tell all. */
function watchStatuses(sampled: boolean): (seen: SeenStatus) => Illegal | undefined {
  let before: SeenStatus | undefined;
  let possible: ReadonlySet<Kind> = newborn;
  return (seen) => {
    const events = eventsBetween(before, seen);
    if (events !== undefined && events < 0) {
      return {
        message: `The version went back from ${before?.version} to ${seen.version}, and it only ever grows.`,
        legalNext: [],
      };
    }
    const reached = reach(possible, events);
    const fits = [...reached].filter((kind) => kind.status === seen.status && fitsName(kind, seen.name));
    if (fits.length === 0) return illegalStatus(before, seen, events, sampled, reached);
    before = { ...seen, version: seen.version ?? before?.version } as SeenStatus;
    possible = new Set(fits);
    return undefined;
  };

  function eventsBetween(last: SeenStatus | undefined, seen: SeenStatus): number | undefined {
    if (seen.version === undefined) return undefined;
    if (last === undefined) return seen.version - 1;
    return last.version === undefined ? undefined : seen.version - last.version;
  }

  function reach(from: ReadonlySet<Kind>, events: number | undefined): ReadonlySet<Kind> {
    const seenAll = before === undefined ? unchanged(from) : changedOnce(from);
    const reached = sampled ? everAfter(from) : seenAll;
    if (events === undefined) return reached;
    const counted = after(from, events);
    return new Set([...reached].filter((kind) => counted.has(kind)));
  }
}

/** A name is never taken away, and who has one at the end may have had none before. */
const fitsName = (kind: Kind, name: string | null | undefined) =>
  name === undefined || kind.named === (name !== null);

function illegalStatus(
  before: SeenStatus | undefined,
  seen: SeenStatus,
  events: number | undefined,
  sampled: boolean,
  reached: ReadonlySet<Kind>,
): Illegal {
  const legalNext = statuses.filter((status) => [...reached].some((kind) => kind.status === status));
  const from = before === undefined ? 'a creation' : describe(before);
  const lead = how(events, sampled);
  const rest = legalNext.length === 0 ? 'nothing' : inWords(legalNext);
  const name = legalNext.includes(seen.status) ? `, ${because(seen)}` : '';
  const legal = name === '' ? ` Legal there: ${rest}.` : '';
  return { message: `${lead} from ${from} to ${describe(seen)}${name}.${legal}`, legalNext };
}

function because({ name }: SeenStatus): string {
  return name === null
    ? 'since a sandbox without a name is never suspended, and a name is never taken away'
    : 'since it has a name';
}

function how(events: number | undefined, sampled: boolean): string {
  if (events === 0) return 'Nothing was applied in between by its version, so nothing leads';
  if (events !== undefined) return events === 1 ? 'No one event leads' : `No ${events} events lead`;
  return sampled ? 'No events lead' : 'No one change of status leads';
}

const describe = ({ status, name }: SeenStatus) => (name === null ? `${status} without a name` : status);

/** Folds the events over the machine's own record. */
function watchEvents(policy: Policy): (seen: SeenEvent) => Illegal | undefined {
  let sandbox: Sandbox | undefined;
  return ({ event, led, sandbox: id }) => {
    if (sandbox === undefined) {
      if (event.type === 'created') {
        const input = { ...event, id: id === '' ? 'sandbox' : id };
        sandbox = led?.record ?? createSandbox(input, policy).sandbox;
        return claims(led, 'pending', 1);
      }
      if (led?.record === undefined) {
        return {
          message: `A trace of events begins with created, so that ${event.type} can be judged.`,
          legalNext: ['created'],
        };
      }
      sandbox = led.record;
      return undefined;
    }
    const legalNext = applicableEvents(sandbox).map(({ type }) => type);
    const may = legalNext.length === 0 ? 'nothing' : inWords(legalNext);
    if (event.type === 'created') {
      return { message: `It was created already, and is ${sandbox.status}. Legal there: ${may}.`, legalNext };
    }
    const { outcome, sandbox: next, refusal, reason } = transition(sandbox, event, policy);
    if (outcome === 'refused') return { message: `${refusal.message} Legal there: ${may}.`, legalNext };
    if (led !== undefined && outcome === 'unchanged') {
      const message = `${event.type} changes nothing in a ${sandbox.status} sandbox (${reason}), but stands in its history. Legal there: ${may}.`;
      return { message, legalNext };
    }
    sandbox = led?.record ?? next;
    return claims(led, next.status, next.version);
  };
}

/** Holds what a line of a history says against what the machine makes of it. */
function claims(led: SeenEvent['led'], status: Status, version: number): Illegal | undefined {
  if (led === undefined) return undefined;
  const legalNext = [status];
  if (led.to !== status)
    return { message: `The event leads to ${status}, but the line says ${led.to}.`, legalNext };
  if (led.version !== undefined && led.version !== version)
    return { message: `The event leads to version ${version}, but the line says ${led.version}.`, legalNext };
  if (led.record && led.record.status !== status)
    return { message: `The event leads to ${status}, but the record is ${led.record.status}.`, legalNext };
  return undefined;
}

function inWords(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
