import { type OpenApiOperation, openApiDocument } from '../../../src/server/index.ts';

/** One method of one path of the document. */
export interface Target {
  readonly method: string;
  /** As the document has it, with `{id}` and the like in it. */
  readonly path: string;
  readonly operation: OpenApiOperation;
}

const document = openApiDocument();

/** The schemas that the document names. */
export const schemas = document.components.schemas;

/** Every operation of the document, in both path styles. */
export const targets: readonly Target[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

/** What a target is told by, as `GET /sandboxes/{id}`. */
export const nameOf = ({ method, path }: Target): string => `${method} ${path}`;

const byName = new Map(targets.map((target) => [nameOf(target), target]));

/** The target of a name. */
export function targetOf(name: string): Target {
  const target = byName.get(name);
  if (target === undefined) throw new Error(`The document has no ${name}.`);
  return target;
}
