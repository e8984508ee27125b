import { usagePageSchema } from '../../../schema/http/operation-responses.ts';
import type { NamespaceUsage } from '../../telemetry/usage.ts';
import { anyText, wholeNumber } from '../request/query-parameters.ts';
import { operatorNamespace, scopesOf } from '../request/tokens.ts';
import { json, problem } from '../response/reply.ts';
import { route } from '../route.ts';

/** Routes for billing. */
export const usageRoutes = [
  route({
    operationId: 'get_usage',
    method: 'GET',
    path: '/usage',
    group: 'Operations',
    access: 'token',
    summary: 'Show the usage of namespaces',
    description:
      'The time that sandboxes ran and were suspended, by namespace and UTC day, in seconds. A sandbox runs from the end of its boot or resume until it is suspended or ends. Times that still last count until now. An operator, with the scope `metrics`, and without tokens every client, gets all namespaces; another token, with the scope `read`, gets its own. Deleted history stays in the usage.',
    query: {
      from: anyText({
        description: 'The first day, such as `2026-11-01`. Default: the first day of this month.',
      }),
      to: anyText({
        description: 'The day after the last one, at most 366 days after `from`. Default: tomorrow.',
      }),
      namespace: anyText({ description: 'Only this namespace.' }),
      limit: wholeNumber({
        minimum: 1,
        maximum: 100,
        fallback: 100,
        description: 'The maximum number of namespaces.',
      }),
      cursor: anyText({ description: 'The `next_cursor` of another page.' }),
    },
    responses: {
      200: { description: 'The usage.', json: usagePageSchema },
      400: { description: 'A day is invalid, or the period is too long.' },
    },
    async handle({ host, token, query: { namespace, ...query } }) {
      const isEverywhere = token === undefined || token.namespace === operatorNamespace;
      if (!isEverywhere && namespace !== undefined && namespace !== token.namespace)
        return problem('namespace_forbidden', 'The bearer token does not give access to this namespace.');
      const scope = isEverywhere ? 'metrics' : 'read';
      if (token !== undefined && !scopesOf(token).includes(scope))
        return problem('missing_scope', `The usage requires a token with the scope ${scope}.`);
      const page = await host.usage({ ...query, namespace: isEverywhere ? namespace : token.namespace });
      const { from, to, items, nextCursor } = page;
      return json({ from, to, namespaces: items.map(serialize), next_cursor: nextCursor });
    },
  }),
];

function serialize({ namespace, runningMs, suspendedMs, days }: NamespaceUsage) {
  return {
    namespace,
    ...secondsOf({ runningMs, suspendedMs }),
    days: days.map(({ day, ...usage }) => ({ day, ...secondsOf(usage) })),
  };
}

function secondsOf({ runningMs, suspendedMs }: Pick<NamespaceUsage, 'runningMs' | 'suspendedMs'>) {
  return { running_secs: runningMs / 1000, suspended_secs: suspendedMs / 1000 };
}
