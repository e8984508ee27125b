import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { openApiDocument } from '../../../src/server/index.ts';

const document = openApiDocument();
const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { uri: true } });
ajv.addSchema(document, 'api');
const validators = new Map<string, ValidateFunction>();

const paths = Object.entries(document.paths).map(([path, item]) => ({
  item,
  // What is forwarded may have slashes in it, and may be nothing.
  pattern: new RegExp(`^${path.replace('/{path}', '(/.*)?').replace(/\{\w+\}/g, '[^/]+')}$`),
}));

/** Fails when an answer is not one that the OpenAPI document has for this request. */
export function holdAgainstDocument(method: string, url: string, response: Response, body: string): void {
  const path = new URL(url).pathname.replace(/\/{2,}/g, '/');
  // Two paths may fit, as for the sandbox of the name `events`: then the method tells.
  const [operation] = paths.flatMap(({ item, pattern }) =>
    pattern.test(path) ? (item[method.toLowerCase()] ?? []) : [],
  );
  const where = `${method} ${path} ${response.status}: ${body.slice(0, 300)}`;
  if (operation === undefined) {
    // What the document does not have is there for nobody.
    expect([403, 404, 405], where).toContain(response.status);
    return;
  }
  const answer = operation.responses[response.status] ?? operation.responses['default'];
  if (answer === undefined) expect.unreachable(`The document has no such answer. ${where}`);
  for (const name of Object.keys(answer.headers ?? {})) {
    const { pattern } = document.components.headers[name]?.schema ?? {};
    expect(response.headers.get(name) ?? '', `${name} of ${where}`).toMatch(new RegExp(String(pattern)));
  }
  const type = response.headers.get('content-type')?.split(';')[0];
  // What a sandbox answers is its own.
  if (answer === operation.responses['default']) return;
  if (answer.content === undefined) {
    expect(body, where).toBe('');
    return;
  }
  expect(Object.keys(answer.content), where).toContain(type);
  const validate = validatorOf(answer.content[type ?? '']?.schema);
  const isValid = validate(type === 'application/json' ? JSON.parse(body) : body);
  expect(isValid ? [] : validate.errors, where).toEqual([]);
}

/** Whether a value fits a schema of the document. */
export function fitsSchema(schema: unknown, value: unknown): boolean {
  return validatorOf(schema)(value);
}

/** The document has its references relative to itself: a schema of it is compiled within it. */
function validatorOf(schema: unknown): ValidateFunction {
  const key = JSON.stringify(schema).replaceAll('"#/', '"api#/');
  const validate = validators.get(key) ?? ajv.compile(JSON.parse(key));
  validators.set(key, validate);
  return validate;
}
