import { html, raw } from 'hono/html';
import { sha256Of, toBase64 } from '../../../utils/sha256.ts';
import { openApiDocument } from './document.ts';
import { fieldsView, type Html, prose, typeView } from './schema-view.ts';
import { style } from './style.ts';
import type { OpenApiDocument, OpenApiOperation, OpenApiParameter, OpenApiResponse } from './types.ts';

/** A page and its content security policy. */
export interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

let written: Promise<Page> | undefined;

/** The OpenAPI document as a self-contained page for users. It loads nothing and runs no script. */
export function docsPage(): Promise<Page> {
  written ??= writePage();
  return written;
}

async function writePage(): Promise<Page> {
  const page = await pageOf(openApiDocument());
  return { html: page.toString(), contentSecurityPolicy: await writePolicy() };
}

/** The page of a document, as HTML. */
function pageOf(document: OpenApiDocument): Html {
  const { info, tags, components } = document;
  const operations = Object.entries(document.paths)
    // The namespaced paths have the same operations.
    .filter(([path]) => !path.startsWith('/v1/'))
    .flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
    );
  const groups = tags.map(({ name, description }) => ({
    name,
    description,
    members: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}: the HTTP API</title>
<style>${raw(styleText)}</style>
</head>
<body>
<header>
<h1>${info.title}</h1>
<p>${prose(info.description)}</p>
<p>For programs: <a href="openapi.json">openapi.json</a>, OpenAPI 3.1. A path with a namespace begins with
<code>/v1/namespaces/{namespace}</code>. Send a token as <code>Authorization: Bearer TOKEN</code>.</p>
</header>
<nav aria-label="Operations">${groups.map(
    ({ name, members }) =>
      html`<h2>${name}</h2><ul>${members.map(
        ({ path, method, operation }) =>
          html`<li><a href="#${operation.operationId}"><b>${method.toUpperCase()}</b> <code>${path}</code></a></li>`,
      )}</ul>`,
  )}</nav>
<main>
${groups.map(
  ({ name, description, members }) =>
    html`<h2>${name}</h2><p>${description}</p>${members.map(({ path, method, operation }) =>
      operationView(path, method, operation),
    )}`,
)}
<h2>Schemas</h2>
${Object.entries(components.schemas).map(
  ([name, schema]) =>
    html`<section id="${name}"><h3>${name}</h3>${
      schema['properties'] ? fieldsView(schema) : html`<p>${typeView(schema)}</p>`
    }</section>`,
)}
</main>
</body>
</html>
`;
}

function operationView(path: string, method: string, operation: OpenApiOperation): Html {
  const { operationId, summary, description, parameters, requestBody, responses, security } = operation;
  const scope = security?.[0]?.['bearer']?.[0];
  const body = requestBody && Object.values(requestBody.content)[0];
  return html`<section id="${operationId}">
<h3><b>${method.toUpperCase()}</b> <code>${path}</code></h3>
<p><strong>${summary}.</strong> ${prose(description)}${scope === undefined ? '' : html` A token needs the scope <code>${scope}</code>.`}</p>
<h4>Request</h4>
<ul>${parameters.map(parameterView)}${
    body
      ? html`<li>${requestBody.required ? 'a body' : 'an optional body'}: ${typeView(body.schema)}</li>`
      : ''
  }</ul>
<h4>Responses</h4>
<ul>${Object.entries(responses).map(([status, response]) => responseView(status, response))}</ul>
</section>
`;
}

function parameterView({ name, in: place, required, description, schema }: OpenApiParameter): Html {
  const fallback = schema['default'];
  return html`<li><code>${name}</code> in the ${place}${required ? '' : html` <i>optional</i>`}: ${typeView(schema)}${
    fallback === undefined ? '' : html`, default <code>${JSON.stringify(fallback)}</code>`
  }. ${prose(description)}</li>`;
}

function responseView(status: string, { description, content = {} }: OpenApiResponse): Html {
  const json = content['application/json'];
  const shape = json && '$ref' in json.schema ? html` ${typeView(json.schema)}` : '';
  return html`<li><b>${status}</b> ${prose(description)}${shape}</li>`;
}

const styleText = style.trim();

/** Allows the style of the page, and nothing else. */
async function writePolicy(): Promise<string> {
  const hash = toBase64(await sha256Of(styleText));
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
