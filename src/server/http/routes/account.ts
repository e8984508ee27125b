import { keyInfoSchema } from '../../../schema/http/responses.ts';
import { scopes, scopesOf } from '../request/tokens.ts';
import { json } from '../response/reply.ts';
import { route } from '../route.ts';

/** Routes that official clients ask for before or beside their commands. */
export const accountRoutes = [
  route({
    operationId: 'introspect_key',
    method: 'POST',
    path: '/platform/v1/keys/introspect',
    group: 'Operations',
    access: 'token',
    summary: 'Show the owner of the token',
    description:
      'The command-line client `tl` asks it before every command. The project is the namespace of the token, `default` without tokens. `scopes` says what the token allows; without tokens, that is everything.',
    responses: { 200: { description: 'The token.', json: keyInfoSchema } },
    handle({ client, token, tokenNamespace }) {
      // A part of the hash identifies the token to its owner.
      const id = client === '' ? 'key_local' : `key_${client.slice(0, 20)}`;
      return json({
        id,
        organizationId: 'sandbox-lifecycle',
        projectId: tokenNamespace,
        scopes: [...(token ? scopesOf(token) : scopes)],
        expiresAt: token?.expiresAt ?? null,
      });
    },
  }),
];
