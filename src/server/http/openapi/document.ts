import { type Route, scopeOf } from '../route.ts';
import { forwardedMethods, pathsOf, routeTable } from '../routes/index.ts';
import { componentSchemas, referenceTo } from './components.ts';
import { parametersOf } from './parameters.ts';
import { responseHeaders, responsesOf } from './responses.ts';
import type { OpenApiDocument, OpenApiOperation } from './types.ts';

const description = `The lifecycle of cloud sandboxes. Every path exists twice: with a namespace, and flat, for the
namespace of the token (\`default\` without tokens). A path that takes the id of a sandbox also takes its name. Times are
in epoch ms. An error response is one sentence of plain text, and its code is in \`X-Error-Code\`. With \`application/problem+json\` in
\`Accept\` it is JSON.`;

/**
 * The API as an OpenAPI 3.1 document, generated from the table of routes.
 *
 * @example
 * openApiDocument().paths['/sandboxes']?.['post']?.summary; // 'Create a sandbox'
 */
export function openApiDocument(): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: { title: 'sandbox-lifecycle', version: '1', description: description.replaceAll('\n', ' ') },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Sandboxes', description: 'Create, change, suspend and terminate sandboxes.' },
      { name: 'Watching', description: 'Allowed commands, history, waits and event streams.' },
      { name: 'Snapshots', description: 'Reusable copies that outlive their sandboxes.' },
      { name: 'Operations', description: 'For operators of the server.' },
    ],
    // The empty entry is for a server without tokens, which serves its own machine only.
    security: [{ bearer: [] }, {}],
    paths: pathItems(),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      headers: responseHeaders,
      schemas: componentSchemas(),
    },
  };
}

let written: string | undefined;

/** The document as JSON. */
export function openApiText(): string {
  written ??= JSON.stringify(openApiDocument());
  return written;
}

function pathItems(): OpenApiDocument['paths'] {
  const items: Record<string, Record<string, OpenApiOperation>> = {};
  for (const route of routeTable) {
    for (const routePath of pathsOf(route)) {
      const path = routePath.replace(/\*$/, '{path}');
      const methods = route.method === 'ALL' ? forwardedMethods : [route.method];
      for (const method of methods) {
        items[path] = { ...items[path], [method.toLowerCase()]: operation(route, path, method) };
      }
    }
  }
  return items;
}

function operation(route: Route, path: string, method: string): OpenApiOperation {
  const { operationId, group, summary, description, access, body } = route;
  const suffixes = [
    ...(route.method === 'ALL' ? [method.toLowerCase()] : []),
    ...(path.startsWith('/v1/') ? ['in_namespace'] : []),
  ];
  return {
    operationId: [operationId, ...suffixes].join('_'),
    tags: [group],
    summary,
    description,
    ...(access === 'open' ? { security: [] } : securityOf(route)),
    parameters: parametersOf(route, path),
    ...(body && {
      requestBody: {
        required: body.whenEmpty === undefined,
        content: { 'application/json': { schema: referenceTo(body.schema) } },
      },
    }),
    responses: responsesOf(route),
  };
}

/** The scope that a token needs. Without tokens, no request needs one. */
function securityOf(route: Route): Pick<OpenApiOperation, 'security'> {
  const scope = scopeOf(route);
  return scope === undefined ? {} : { security: [{ bearer: [scope] }, {}] };
}
