import { type Flag, serveFlags } from './serve/serve-flags.ts';

/** What the command says of itself. */
export const help = `sandbox-lifecycle: cloud sandboxes as one explicit machine

  sandbox-lifecycle serve [options]              serve the HTTP API; serve --help tells the options
  sandbox-lifecycle check [--sampled] FILE       check a trace, as JSON lines, or a server's data folder
  sandbox-lifecycle diagram [--format FORMAT]    the machine as svg, mermaid, json or scxml
  sandbox-lifecycle inspect [URL|FILE]           show a server or a recorded session; --token-file, --port, --out
  sandbox-lifecycle help                         this text`;

/** What `serve` says of itself. */
export const serveHelp = `sandbox-lifecycle serve [options]: serve the HTTP API

${serveFlags.map(({ title, flags }) => `  ${title}\n${flags.map(lineOf).join('\n')}`).join('\n\n')}

  Each can be given in the environment too, as SANDBOX_LIFECYCLE_PORT=8080 or SANDBOX_LIFECYCLE_IDLE=true; a flag
  wins. Once it runs: /docs tells the API to people and /openapi.json to programs, /healthz and /readyz tell how
  it is, /metrics what it did. It ends on SIGINT or SIGTERM when what is under way is answered, at once on the
  second.`;

/** The command was called in a way that it does not know. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

function lineOf({ name, value, help: text }: Flag): string {
  const flag = `    --${name}${value === undefined ? '' : ` ${value}`}`;
  return `${flag.padEnd(29)} ${text}`;
}
