/** One thing that `serve` can be told: as a flag, or in the environment. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** What its value is, for the help; without one it is a switch. */
  readonly value?: string;
  readonly help: string;
}

/** The flags of `serve`, in the groups that its help shows. */
export const serveFlags = [
  {
    title: 'Where',
    flags: [
      { name: 'host', value: 'ADDRESS', help: 'where to listen (127.0.0.1; another one needs --tokens)' },
      {
        name: 'port',
        value: 'PORT',
        help: 'the port (8080, or a free one when that is taken; 0 for any free one)',
      },
      {
        name: 'public-url',
        value: 'URL',
        help: 'where clients reach it, when that is not what they ask for: behind a proxy',
      },
      { name: 'data', value: 'FOLDER', help: 'where everything is kept (./data)' },
    ],
  },
  {
    title: 'Who may come in',
    flags: [
      {
        name: 'tokens',
        value: 'FILE',
        help: 'a line each: the SHA-256 of a token in hex, its namespace, and, if you like, whose it is',
      },
      {
        name: 'origins',
        value: 'LIST',
        help: 'the origins whose web pages may use the API, with commas between them (none)',
      },
      {
        name: 'rate-limit',
        value: 'N[/BURST]',
        help: 'requests a second for each token, and how many at once (5000/10000; off for no limit)',
      },
    ],
  },
  {
    title: 'What runs the sandboxes',
    flags: [
      {
        name: 'driver',
        value: 'NAME',
        help: 'process (the default: for development, isolates nothing) or simulated (runs nothing)',
      },
      {
        name: 'latency',
        value: 'TIME',
        help: 'simulated: how long an operation takes, as 500ms or 3s (0ms)',
      },
      { name: 'failures', value: 'SHARE', help: 'simulated: how many operations fail, from 0 to 1 (0)' },
      { name: 'seed', value: 'NUMBER', help: 'simulated: the same seed fails the same operations (1)' },
    ],
  },
  {
    title: 'How long they live',
    flags: [
      { name: 'policy', value: 'FILE', help: 'all limits as JSON; the two below win over it' },
      { name: 'idle', help: 'timeout_secs counts from the last activity, not from the start' },
      {
        name: 'plan-maximum',
        value: 'SECONDS',
        help: 'the longest timeout_secs that may be asked for (none)',
      },
    ],
  },
  {
    title: 'What it tells',
    flags: [
      {
        name: 'log-level',
        value: 'LEVEL',
        help: 'trace, debug, info, warn, error, fatal or silent (info); JSON lines on the standard error',
      },
    ],
  },
] as const satisfies readonly { readonly title: string; readonly flags: readonly Flag[] }[];

/** The name of a flag of `serve`. */
export type FlagName = (typeof serveFlags)[number]['flags'][number]['name'];

/** The environment variable that stands for a flag. */
export function variableOf(name: string): string {
  return `SANDBOX_LIFECYCLE_${name.toUpperCase().replaceAll('-', '_')}`;
}
