import { finishedBackupSchema } from '../../../schema/http/operation-responses.ts';
import { backupBody } from '../../../schema/http/requests.ts';
import { isFromPage } from '../../from-page.ts';
import { json, problem } from '../response/reply.ts';
import { route } from '../route.ts';

/** The routes of backups. */
export const backupRoutes = [
  route({
    operationId: 'make_backup',
    method: 'POST',
    path: '/backup',
    group: 'Operations',
    access: 'operator',
    summary: 'Back up the database',
    description:
      'Copies the database to a new file on the machine of the server, while the server works. Responds when the file is complete, checked and on disk. The server refuses requests from web pages.',
    body: { schema: backupBody },
    responses: {
      200: { description: 'The backup is complete.', json: finishedBackupSchema },
      400: { description: 'The backup cannot be written, or the store is in memory.' },
      403: { description: 'A web page has sent the request.' },
      409: { description: 'The server uses another database.' },
    },
    async handle({ host, request, body }) {
      // The route writes a file, so it is for programs only, even without tokens.
      if (isFromPage(request))
        return problem(
          'from_page',
          'A web page cannot make a backup; run: sandbox-lifecycle backup DATA OUT',
        );
      const identity = await host.identity();
      if (body.database !== undefined && body.database !== identity)
        return problem(
          'other_database',
          `This server uses the database ${identity}, not ${body.database}; pass the --url of the server that uses it.`,
        );
      const { path, bytes, sequence } = await host.backup(body.path);
      return json({ path, bytes, database: identity ?? '', sequence });
    },
  }),
];
