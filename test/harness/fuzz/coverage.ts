import type { Sent } from './exchange.ts';
import { nameOf, type Target, targets } from './operations.ts';
import type { RequestPlan } from './requests.ts';

/** Which answers there were, of those that the document has. */
export interface Coverage {
  /** Counts an answer, when the request came where it was meant for. */
  add(plan: RequestPlan, sent: Sent, status: number): void;
  /** The answers that there were none of, as `GET /healthz 2xx`. */
  missing(): string[];
  /** How many answers there were in all. */
  readonly answers: number;
}

/** No answers yet. */
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
    },
    missing: () => [...new Set(targets.flatMap(expectedOf))].filter((one) => !met.has(one)),
    get answers() {
      return answers;
    },
  };
}

/** Each class at each path, and each status in one of the path styles. */
function expectedOf(target: Target): string[] {
  const name = nameOf(target);
  // A server that works has nothing to say with 500. What is forwarded may be answered in any way.
  const statuses = Object.keys(target.operation.responses)
    .filter((status) => status !== '500')
    .map((status) => (status === 'default' ? '207' : status));
  const classes = statuses.map((status) => `${status[0]}xx`).filter((one) => one === '2xx' || one === '4xx');
  return [...classes.map((one) => `${name} ${one}`), ...statuses.map((status) => `${flat(name)} ${status}`)];
}

function flat(name: string): string {
  return name.replace('/v1/namespaces/{namespace}', '');
}

function patternOf({ path }: Target): RegExp {
  return new RegExp(`^${path.replace('/{path}', '(/.*)?').replace(/\{\w+\}/g, '[^/]+')}$`);
}
