/**
 * The variables that a sandbox's process is given, and nothing else: what the server knows (its secrets, say) is not
 * for a sandbox to see.
 */
export function environmentOf(id: string, home: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] || '/usr/local/bin:/usr/bin:/bin',
    HOME: home,
    LANG: process.env['LANG'] || 'C.UTF-8',
    SANDBOX_ID: id,
  };
}

/** The sandbox that these variables name, whoever set them; undefined when they name none. */
export function sandboxNamedIn(variables: string | undefined): string | undefined {
  return /\0SANDBOX_ID=([^\0]*)\0/.exec(`\0${variables ?? ''}`)?.[1];
}

/** Whether a process was started with the variables of this sandbox. `variables` ends each one with a NUL. */
export function isEnvironmentOf(variables: string | undefined, id: string, home: string): boolean {
  if (variables === undefined) return false;
  const all = `\0${variables}`;
  return all.includes(`\0HOME=${home}\0`) && all.includes(`\0SANDBOX_ID=${id}\0`);
}
