import type { Sent } from './exchange.ts';
import { nameOf, type Target, targets } from './operations.ts';
import type { RequestPlan } from './requests.ts';

/** The responses of the document that a run has covered. */
export interface Coverage {
  /** Counts a response. It covers its target when the request reached the target. */
  add(plan: RequestPlan, sent: Sent, status: number): void;
  /** The responses that are not covered, such as `GET /healthz 2xx`. */
  missing(): string[];
  /** The number of all responses. */
  readonly answers: number;
}

/** Creates a coverage without responses. */
export function createCoverage(): Coverage {
  const met = new Set<string>();
  let answers = 0;

  return {
    add({ target, method }, { url }, status) {
      answers += 1;
      const found = targets.find((one) => nameOf(one) === target);
      if (found === undefined || method !== found.method || !patternOf(found).test(url.pathname)) return;
      met.add(`${target} ${Math.floor(status / 100)}xx`);
      met.add(`${flat(target)} ${status}`);
      met.add(`any route ${status}`);
    },
    missing: () => [...new Set(targets.flatMap(expectedOf))].filter((one) => !met.has(one)),
    get answers() {
      return answers;
    },
  };
}

/** The statuses of requests that are too large or too many, which the same code returns for all routes. */
const common: ReadonlySet<string> = new Set(['413', '429']);

/** The expected responses: each class of statuses for each path, and each status in one of the path styles. */
function expectedOf(target: Target): string[] {
  const name = nameOf(target);
  // A correct server never responds with 500. The response to a forwarded request may have any status.
  const statuses = Object.keys(target.operation.responses)
    .filter((status) => status !== '500')
    .map((status) => (status === 'default' ? '207' : status));
  const classes = statuses.map((status) => `${status[0]}xx`).filter((one) => one === '2xx' || one === '4xx');
  return [
    ...classes.map((one) => `${name} ${one}`),
    ...statuses.map((status) => `${common.has(status) ? 'any route' : flat(name)} ${status}`),
  ];
}

function flat(name: string): string {
  return name.replace('/v1/namespaces/{namespace}', '');
}

function patternOf({ path }: Target): RegExp {
  return new RegExp(`^${path.replace('/{path}', '(/.*)?').replace(/\{\w+\}/g, '[^/]+')}$`);
}
