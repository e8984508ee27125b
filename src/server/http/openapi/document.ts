import type { Route } from '../route.ts';
import { forwardedMethods, pathsOf, routeTable } from '../routes/index.ts';
import { componentSchemas, referenceTo } from './components.ts';
import { parametersOf } from './parameters.ts';
import { responseHeaders, responsesOf } from './responses.ts';
import type { OpenApiDocument, OpenApiOperation } from './types.ts';

const description = `The lifecycle of cloud sandboxes. Every path is there twice: below a namespace, and flat, for the
namespace of the token (\`default\` without tokens). Where a path takes an id of a sandbox, its name will do. Times are
epoch ms. An error is one sentence of plain text.`;

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
      { name: 'Sandboxes', description: 'Making, changing, pausing and ending them.' },
      { name: 'Watching', description: 'What may happen to them, what has, and what is awaited.' },
      { name: 'Snapshots', description: 'Reusable copies, which outlive their sandboxes.' },
      { name: 'Operations', description: 'For those who run the server.' },
    ],
    // The empty one is a server without tokens, which is for its own machine only.
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
    ...(access === 'open' && { security: [] }),
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
