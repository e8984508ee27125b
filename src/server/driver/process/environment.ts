/**
 * The environment variables of a sandbox's process. It gets nothing else of the server's environment, such as secrets.
 */
export function environmentOf(id: string, home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] || '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LANG: process.env['LANG'] || 'C.UTF-8',
    SANDBOX_ID: id,
  };
}

/** The sandbox id in these variables, unverified; undefined without one. */
export function sandboxNamedIn(variables: string | undefined): string | undefined {
  return /\0SANDBOX_ID=([^\0]*)\0/.exec(`\0${variables ?? ''}`)?.[1];
}

/** Whether a process was started with the variables of this sandbox. In `variables` a NUL ends each variable. */
export function isEnvironmentOf(variables: string | undefined, id: string, home: string): boolean {
  if (variables === undefined) return false;
  const all = `\0${variables}`;
  return all.includes(`\0HOME=${home}\0`) && all.includes(`\0SANDBOX_ID=${id}\0`);
}
