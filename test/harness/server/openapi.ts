import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { errorCodes, openApiDocument } from '../../../src/server/index.ts';

const document = openApiDocument();
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uri: true } });
ajv.addSchema(document, 'api');
const validators = new Map<string, ValidateFunction>();

const paths = Object.entries(document.paths).map(([path, item]) => ({
  item,
  // The forwarded path may contain slashes, and may be empty.
  pattern: new RegExp(`^${path.replace('/{path}', '(/.*)?').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Fails when the OpenAPI document does not have this response for the request. */
export function expectDocumented(method: string, url: string, response: Response, body: string): void {
  const path = new URL(url).pathname.replace(/\/{2,}/g, '/');
  // Two paths may match, as for a sandbox named `events`. The method decides between them.
  const [operation] = paths.flatMap(({ item, pattern }) =>
    pattern.test(path) ? (item[method.toLowerCase()] ?? []) : [],
  );
  const where = `${method} ${path} ${response.status}: ${body.slice(0, 300)}`;
  const isOfSandbox = operation?.responses[response.status] === undefined && operation?.responses['default'];
  if (response.status >= 400 && !isOfSandbox) expectCoded(response, where);
  if (operation === undefined) {
    // An undocumented operation must fail for all clients.
    expect([403, 404, 405, 501], where).toContain(response.status);
    return;
  }
  const documented = operation.responses[response.status] ?? operation.responses['default'];
  if (documented === undefined) expect.unreachable(`The document does not have this response. ${where}`);
  for (const name of Object.keys(documented.headers ?? {})) {
    const { pattern } = document.components.headers[name]?.schema ?? {};
    expect(response.headers.get(name) ?? '', `${name} of ${where}`).toMatch(new RegExp(String(pattern)));
  }
  const type = response.headers.get('content-type')?.split(';')[0];
  // The document does not describe responses of a sandbox.
  if (documented === operation.responses['default']) return;
  if (documented.content === undefined) {
    expect(body, where).toBe('');
    return;
  }
  expect(Object.keys(documented.content), where).toContain(type);
  const validate = validatorOf(documented.content[type ?? '']?.schema);
  const isValid = validate(type?.endsWith('json') ? JSON.parse(body) : body);
  expect(isValid ? [] : validate.errors, where).toEqual([]);
}

/** Fails when an error does not have a code of the table, with the status of that code. */
function expectCoded({ status, headers }: Response, where: string): void {
  const code = headers.get('x-error-code') ?? 'none';
  const kind = Object.entries(errorCodes).find(([name]) => name === code)?.[1];
  expect([code, kind?.status], `the code of ${where}`).toEqual([code, status]);
}

/** Whether a value matches a schema of the document. */
export function fitsSchema(schema: unknown, value: unknown): boolean {
  return validatorOf(schema)(value);
}

/** References are relative to the document, so a schema is compiled within it. */
function validatorOf(schema: unknown): ValidateFunction {
  const key = JSON.stringify(schema).replaceAll('"#/', '"api#/');
  const validate = validators.get(key) ?? ajv.compile(JSON.parse(key));
  validators.set(key, validate);
  return validate;
}
