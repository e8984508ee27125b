/** What `serve` needs beside the package itself; on a Node without `node:sqlite` also a database. */
const needed = 'zod hono @hono/node-server pino prom-client';

/** What is wrong, for a person: of a package that is not installed, how to install it. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
  const name = isMissing ? /^Cannot find package '([^']+)'/.exec(error.message)?.[1] : undefined;
  if (name === undefined) return error.message;
  const wanted = needed.split(' ').includes(name) ? needed : name;
  return `The package ${name} is not installed, and this needs it: npm i ${wanted}`;
}
