/** A wrong call of the command, such as an unknown option or value. The exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The packages that `serve` imports, for one complete install command. */
const serverPackages = ['zod', 'hono', '@hono/node-server', 'pino', 'prom-client'];

/** One sentence for an error. For a package that is not installed, it has the command that installs it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = missingPackage(error);
  if (name === undefined) return error.message;
  const packages = serverPackages.includes(name) ? serverPackages.join(' ') : name;
  return `The package ${name} is not installed. Install it with: npm i ${packages}`;
}

/** The name of the package that an `import` or `require` did not find; undefined for every other error. */
function missingPackage({ message, code }: NodeJS.ErrnoException): string | undefined {
  if (code === 'ERR_MODULE_NOT_FOUND') return /^Cannot find package '([^']+)'/.exec(message)?.[1];
  // A path begins with a dot or a slash, a package name does not.
  if (code === 'MODULE_NOT_FOUND') return /^Cannot find module '([^'./][^']*)'/.exec(message)?.[1];
  return undefined;
}
