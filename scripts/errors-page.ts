import { errorCodes } from '../src/server/http/response/error-codes.ts';

/** Writes docs/errors.md from the table of error codes. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, title }]) => `| \`${code}\` | ${status} | ${title}. |`,
  );
  return `<!-- Generated from src/server/http/response/error-codes.ts by \`npm run generate\`. Change the table there, not this file. -->

# Errors

Every refusal and error of the HTTP API has a code, which keeps its meaning and its status. A response has it in \`X-Error-Code\`. Its body is one sentence
of plain text for the user, which may change. With \`application/problem+json\` in \`Accept\`, the body is JSON (RFC 9457):

\`\`\`json
{
  "type": "urn:sandbox-lifecycle:error:name_taken",
  "title": "${errorCodes.name_taken.title}",
  "status": 409,
  "detail": "The name \\"my-env\\" is taken by another sandbox; choose another, or terminate that one first.",
  "code": "name_taken",
  "instance": "0d0b5d27-6b0a-4f3c-9a55-1c1f0c3e8f11"
}
\`\`\`

\`type\` is a name and not an address, \`detail\` is the sentence, and \`instance\` is the id of the request. The refusals of the machine, from \`terminal\` to \`invalid\`, also
are in \`X-Refusal-Code\`, and in the \`code\` of \`GET /sandboxes/{id}/actions\` and of \`refused\` events. [States](states.md#commands) says when each applies.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}

Responses of a sandbox, through \`/sandboxes/{id}/proxy/\`, are its own and do not have a code. Neither has a request that is not HTTP: Node closes its connection with 400.
The table is \`errorCodes\` in \`sandbox-lifecycle/server\`.
`;
}
