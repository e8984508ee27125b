import { applicableEvents } from '../../machine/sample-event.ts';
import { createSandbox, transition } from '../../machine/transition.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';
import { statuses } from '../../model/sandbox.ts';
import type { Seen, SeenEvent, SeenStatus } from './observation.ts';
import { after, changedOnce, everAfter, type Kind, newborn, unchanged } from './reachable-kinds.ts';

/** An impossible step. */
export interface Illegal {
  /** One or two sentences for the user: the fault, and the legal alternatives. */
  readonly message: string;
  /** The statuses, or the types of events, that were possible there. */
  readonly legalNext: readonly string[];
}

/** Creates a watcher of one sandbox. It takes the observations in order, and returns the fault of an illegal one. */
export function watcher(sampled: boolean, policy: Policy): (seen: Seen) => Illegal | undefined {
  const statusWatcher = watchStatuses(sampled);
  const eventWatcher = watchEvents(policy);
  let first: Seen['kind'] | undefined;
  return (seen) => {
    first ??= seen.kind;
    if (seen.kind !== first) {
      const message = `A trace contains either statuses or events: this one contains ${first === 'event' ? 'events' : 'statuses'}.`;
      return { message, legalNext: [] };
    }
    if (seen.kind === 'status') return statusWatcher(seen);
    if (!sampled) return eventWatcher(seen);
    return { message: 'Events cannot be sampled; pass every event, or pass statuses.', legalNext: [] };
  };
}

/** Keeps the set of possible kinds, because statuses alone do not identify one. */
function watchStatuses(sampled: boolean): (seen: SeenStatus) => Illegal | undefined {
  let before: SeenStatus | undefined;
  let possible: ReadonlySet<Kind> = newborn;
  return (seen) => {
    const events = eventsBetween(before, seen);
    if (events !== undefined && events < 0) {
      return {
        message: `The version went back from ${before?.version} to ${seen.version}, but a version only grows.`,
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

/** A name is never removed. A sandbox with a name may have been created without one. */
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
  const lead = leadOf(events, sampled);
  const rest = legalNext.length === 0 ? 'nothing' : listOf(legalNext);
  const name = legalNext.includes(seen.status) ? `, ${because(seen)}` : '';
  const legal = name === '' ? ` Legal there: ${rest}.` : '';
  return { message: `${lead} from ${from} to ${describe(seen)}${name}.${legal}`, legalNext };
}

function because({ name }: SeenStatus): string {
  return name === null
    ? 'because a sandbox without a name is never suspended, and a name is never removed'
    : 'because it has a name';
}

function leadOf(events: number | undefined, sampled: boolean): string {
  if (events === 0) return 'By its version, no event was applied in between, so nothing leads';
  if (events !== undefined)
    return events === 1 ? 'No single event leads' : `No sequence of ${events} events leads`;
  return sampled ? 'No sequence of events leads' : 'No single change of status leads';
}

const describe = ({ status, name }: SeenStatus) => (name === null ? `${status} without a name` : status);

/** Folds the events over a record of the machine. */
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
          message: `A trace of events must begin with created, but this one begins with ${event.type}.`,
          legalNext: ['created'],
        };
      }
      sandbox = led.record;
      return undefined;
    }
    const legalNext = applicableEvents(sandbox).map(({ type }) => type);
    const alternatives = legalNext.length === 0 ? 'nothing' : listOf(legalNext);
    if (event.type === 'created') {
      return {
        message: `The sandbox already exists and is ${sandbox.status}. Legal there: ${alternatives}.`,
        legalNext,
      };
    }
    const { outcome, sandbox: next, refusal, reason } = transition(sandbox, event, policy);
    if (outcome === 'refused')
      return { message: `${refusal.message} Legal there: ${alternatives}.`, legalNext };
    if (led !== undefined && outcome === 'unchanged') {
      const message = `${event.type} changes nothing in a ${sandbox.status} sandbox (${reason}), but its history contains the event. Legal there: ${alternatives}.`;
      return { message, legalNext };
    }
    sandbox = led?.record ?? next;
    return claims(led, next.status, next.version);
  };
}

/** Compares a line of a history with the result of the machine. */
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

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
