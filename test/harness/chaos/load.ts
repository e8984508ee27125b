import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox } from '../../../src/index.ts';
import { requestsToRetry } from '../kill/load.ts';
import type { RequestGenerator } from '../kill/request-generator.ts';
import type { Request, RequestLog, ServerReply } from '../kill/request-log.ts';
import { type Address, sendRequest } from '../kill/send-request.ts';
import type { Random } from '../shared/random.ts';

/** A version of a sandbox that a wait has returned. */
export interface SeenVersion {
  readonly id: string;
  readonly version: number;
  readonly lifecycle: Sandbox;
}

/** The parts of a load. */
export interface LoadParts {
  readonly requestLog: RequestLog;
  readonly generator: RequestGenerator;
  readonly random: Random;
  /** The address of any host. */
  readonly anyAddress: () => Address | undefined;
  readonly clients: number;
  /** The results of the waits. */
  readonly seen: SeenVersion[];
}

/** How long a client waits for a response, in ms. A host that is stopped for longer may still carry the request out. */
const patienceMs = 15_000;

/** The longest pause of a client between two requests, in ms. */
const longestPauseMs = 300;

/** Sends requests of several clients, each through any host, until the signal aborts. */
export async function runLoad(parts: LoadParts, signal: AbortSignal): Promise<void> {
  const { requestLog, generator, random, clients } = parts;
  const open: Request[] = [];

  async function client(): Promise<void> {
    while (!signal.aborted) {
      await sleep(random.between(0, longestPauseMs));
      if (requestLog.known.size > 0 && random.chance(0.05)) await wait(parts);
      else await sendOrRepeat();
    }
  }

  async function sendOrRepeat(): Promise<void> {
    // A client that got no response asks another host, with the same key.
    const request = (random.chance(0.3) ? open.shift() : undefined) ?? generator.request();
    const sends = request.key !== null && random.chance(0.1) ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: sends }, () => send(parts, request)));
    if (request.key !== null && answers.includes(null)) open.push(request);
  }

  await Promise.all(Array.from({ length: clients }, client));
}

/** Sends all requests with a key that have no response again, and some that have one. */
export async function repeatRequests(parts: LoadParts): Promise<void> {
  await Promise.all(requestsToRetry(parts.requestLog, parts.random).map((request) => send(parts, request)));
}

/** Sends a request through any host. Returns null without a response that says whether it took effect. */
async function send({ requestLog, anyAddress }: LoadParts, request: Request): Promise<ServerReply | null> {
  const address = anyAddress();
  if (address === undefined) return null;
  const answer = await sendRequest(requestLog, address, request, AbortSignal.timeout(patienceMs));
  if (answer !== null && answer.status !== 503) return answer;
  const { attempts, command } = request;
  // The database was cut off, perhaps after the commit.
  for (const attempt of attempts) if (attempt.answer === answer) attempt.answer = null;
  if (command.type !== 'expose') return null;
  // A host that was stopped may still carry it out, after any later request.
  for (const requested of requestLog.ports.get(command.sandboxId) ?? [])
    if (requested.port === command.port) requested.ended = Number.POSITIVE_INFINITY;
  return null;
}

/** Waits through any host until a sandbox reaches a status, and notes what the response shows. */
async function wait({ requestLog, random, anyAddress, seen }: LoadParts): Promise<void> {
  const { id } = random.pick([...requestLog.known.values()]);
  const status = random.pick(['running', 'suspended', 'terminated']);
  const url = anyAddress()?.url;
  const path = `/sandboxes/${id}/wait?status=${status}&timeout=3`;
  try {
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(patienceMs) });
    if (!response.ok) return;
    const { sandbox } = (await response.json()) as { sandbox: Omit<SeenVersion, 'id'> };
    seen.push({ id, version: sandbox.version, lifecycle: sandbox.lifecycle });
  } catch {
    // The host went down.
  }
}
