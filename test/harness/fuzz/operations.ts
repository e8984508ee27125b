import { type OpenApiOperation, openApiDocument } from '../../../src/server/index.ts';

/** One method of one path of the document. */
export interface Target {
  readonly method: string;
  /** The path as in the document, with parameters such as `{id}`. */
  readonly path: string;
  readonly operation: OpenApiOperation;
}

const document = openApiDocument();

/** The named schemas of the document. */
export const schemas = document.components.schemas;

/** Every operation of the document, in both path styles. */
export const targets: readonly Target[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** The name of a target, such as `GET /sandboxes/{id}`. */
export const nameOf = ({ method, path }: Target): string => `${method} ${path}`;

const byName = new Map(targets.map((target) => [nameOf(target), target]));

/** The target with this name. */
export function targetOf(name: string): Target {
  const target = byName.get(name);
  if (target === undefined) throw new Error(`The document has no ${name}.`);
  return target;
}
