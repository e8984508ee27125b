/** What the command says of itself. */
export const help = `sandbox-lifecycle: cloud sandboxes as one explicit machine

  sandbox-lifecycle serve [options]     serve the HTTP API

    --host ADDRESS    where to listen (127.0.0.1; another one needs --tokens)
    --port PORT       the port (8080, or a free one when that is taken; 0 for any free one)
    --data FOLDER     where everything is kept (./data)
    --driver process  what runs the sandboxes: process, for development, isolates nothing
    --tokens FILE     who may come in: a line each, the SHA-256 of a token in hex and its namespace

  sandbox-lifecycle help                this text`;

/** The command was called in a way that it does not know. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
