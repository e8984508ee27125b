import type {
  CommandRequest,
  CreateRequest,
  Host,
  UpdateRequest,
  WriteOptions,
} from '../../../src/server/host.ts';

/** The action of a request that changes something. */
export type Action =
  | { readonly kind: 'create'; readonly request: Omit<CreateRequest, 'namespace'> }
  | { readonly kind: 'send'; readonly target: string; readonly command: CommandRequest }
  | { readonly kind: 'update'; readonly target: string; readonly request: UpdateRequest }
  | { readonly kind: 'deleteSnapshot'; readonly id: string };

/** One request of a client. The client may send it several times. */
export interface Request {
  readonly cause: string;
  readonly namespace: string;
  readonly action: Action;
  readonly ifVersion: number | undefined;
  readonly key: string | undefined;
  /** Whether the key belongs to an earlier, different request. */
  readonly isKeyReused: boolean;
  /** The number of commits, and the version of the target, before the first attempt. */
  readonly commitsBefore: number;
  readonly versionBefore: number;
  /** Whether the outcome of any attempt is unknown. */
  wasInDoubt: boolean;
  /** The number of commits at the first response; undefined before it. */
  commitsAfter?: number;
  /** The first successful response, else the last rejection; undefined before both. */
  answer?: Outcome;
}

/** The outcome of one attempt. `unknown`: the request may or may not have taken effect. */
export type Outcome =
  | { readonly kind: 'answered'; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly error: Error }
  | { readonly kind: 'unknown' };

/** Sends a request to a host. */
export function send(host: Host, { namespace, action, cause, ifVersion, key }: Request): Promise<unknown> {
  const write: WriteOptions = { cause, actor: 'client', ifVersion, idempotencyKey: key };
  switch (action.kind) {
    case 'create':
      return host.create({ namespace, ...action.request }, write);
    case 'send':
      return host.send(namespace, action.target, action.command, write);
    case 'update':
      return host.update(namespace, action.target, action.request, write);
    case 'deleteSnapshot':
      return host.deleteSnapshot(namespace, action.id, write);
  }
}

/** A request on one line. */
export function describeRequest({ cause, namespace, action, ifVersion, key }: Request): string {
  const how = [ifVersion !== undefined && `if v${ifVersion}`, key !== undefined && `key ${key}`];
  return [cause, namespace, JSON.stringify(action), ...how].filter(Boolean).join(' ');
}
