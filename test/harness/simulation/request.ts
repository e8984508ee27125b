import type {
  CommandRequest,
  CreateRequest,
  Host,
  UpdateRequest,
  WriteOptions,
} from '../../../src/server/host.ts';

/** What a client can ask for that changes something. */
export type RequestKind =
  | { readonly kind: 'create'; readonly request: Omit<CreateRequest, 'namespace'> }
  | { readonly kind: 'send'; readonly target: string; readonly command: CommandRequest }
  | { readonly kind: 'update'; readonly target: string; readonly request: UpdateRequest }
  | { readonly kind: 'deleteSnapshot'; readonly id: string };

/** One request of a client, however often it is sent. */
export interface Request {
  readonly cause: string;
  readonly namespace: string;
  readonly ask: RequestKind;
  readonly ifVersion: number | undefined;
  readonly key: string | undefined;
  /** Whether the key was used for another request before. */
  readonly isKeyReused: boolean;
  /** How many commits there were, and of which version the target was, before it was first sent. */
  readonly commitsBefore: number;
  readonly versionBefore: number;
  /** Whether it was ever unknown what became of it. */
  wasInDoubt: boolean;
  /** How many commits there were when it was over; undefined while it is not. */
  commitsAfter?: number;
  /** The first answer, else the last rejection; undefined while there is neither. */
  answer?: Outcome;
}

/** What a request came to. `unknown`: it may or may not have been done. */
export type Outcome =
  | { readonly kind: 'answered'; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly error: Error }
  | { readonly kind: 'unknown' };

/** Sends a request to a host. */
export function send(host: Host, { namespace, ask, cause, ifVersion, key }: Request): Promise<unknown> {
  const write: WriteOptions = { cause, actor: 'client', ifVersion, idempotencyKey: key };
  switch (ask.kind) {
    case 'create':
      return host.create({ namespace, ...ask.request }, write);
    case 'send':
      return host.send(namespace, ask.target, ask.command, write);
    case 'update':
      return host.update(namespace, ask.target, ask.request, write);
    case 'deleteSnapshot':
      return host.deleteSnapshot(namespace, ask.id, write);
  }
}

/** A request on one line. */
export function describeRequest({ cause, namespace, ask, ifVersion, key }: Request): string {
  const how = [ifVersion !== undefined && `if v${ifVersion}`, key !== undefined && `key ${key}`];
  return [cause, namespace, JSON.stringify(ask), ...how].filter(Boolean).join(' ');
}
