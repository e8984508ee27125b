import { z } from 'zod';
import { eventSchema } from '../../../schema/event.ts';
import * as operations from '../../../schema/http/operation-responses.ts';
import * as requests from '../../../schema/http/requests.ts';
import * as responses from '../../../schema/http/responses.ts';
import { sandboxSchema } from '../../../schema/sandbox.ts';
import type { JsonSchema } from '../request/query-parameters.ts';

/** The named schemas of the document. */
const names = z.registry<{ readonly id: string }>();

names
  .add(requests.createBody, { id: 'CreateSandbox' })
  .add(requests.updateBody, { id: 'UpdateSandbox' })
  .add(requests.snapshotBody, { id: 'SnapshotRequest' })
  .add(requests.confirmAbsencesBody, { id: 'ConfirmAbsences' })
  .add(requests.decideOrphansBody, { id: 'DecideOrphans' })
  .add(requests.backupBody, { id: 'BackupRequest' })
  .add(responses.createdInfoSchema, { id: 'CreatedSandbox' })
  .add(responses.sandboxInfoSchema, { id: 'Sandbox' })
  .add(responses.sandboxPageSchema, { id: 'SandboxPage' })
  .add(responses.archivedInfoSchema, { id: 'ArchivedSandbox' })
  .add(responses.archivedPageSchema, { id: 'ArchivedSandboxPage' })
  .add(responses.resourcesInfoSchema, { id: 'Resources' })
  .add(responses.networkInfoSchema, { id: 'Network' })
  .add(responses.snapshotStartSchema, { id: 'StartedSnapshot' })
  .add(responses.snapshotInfoSchema, { id: 'Snapshot' })
  .add(responses.snapshotPageSchema, { id: 'SnapshotPage' })
  .add(responses.keyInfoSchema, { id: 'Key' })
  .add(responses.actionListSchema, { id: 'Actions' })
  .add(responses.changeInfoSchema, { id: 'Change' })
  .add(responses.missingInfoSchema, { id: 'Missing' })
  .add(responses.historyPageSchema, { id: 'History' })
  .add(responses.waitResultSchema, { id: 'Waited' })
  .add(operations.absenceListSchema, { id: 'Absences' })
  .add(operations.confirmedAbsencesSchema, { id: 'ConfirmedAbsences' })
  .add(operations.orphanPageSchema, { id: 'Orphans' })
  .add(operations.decidedOrphansSchema, { id: 'DecidedOrphans' })
  .add(operations.hostPageSchema, { id: 'Hosts' })
  .add(operations.heldPageSchema, { id: 'HeldSandboxes' })
  .add(operations.holderInfoSchema, { id: 'Holder' })
  .add(operations.namespaceDeletionSchema, { id: 'NamespaceDeletion' })
  .add(responses.problemSchema, { id: 'Problem' })
  .add(operations.finishedBackupSchema, { id: 'FinishedBackup' })
  .add(operations.usagePageSchema, { id: 'UsagePage' })
  .add(sandboxSchema, { id: 'LifecycleRecord' })
  .add(eventSchema, { id: 'LifecycleEvent' });

const requestBodies: readonly z.ZodType[] = Object.values(requests);

/** A reference to a named schema, or else the schema itself. */
export function referenceTo(schema: z.ZodType): JsonSchema {
  const name = names.get(schema)?.id;
  return name === undefined ? z.toJSONSchema(schema) : { $ref: uriOf(name) };
}

/** All named schemas: request bodies as clients send them, responses as the server sends them. */
export function componentSchemas(): Record<string, JsonSchema> {
  const asInput = z.toJSONSchema(names, { uri: uriOf, io: 'input' }).schemas;
  const asOutput = z.toJSONSchema(names, { uri: uriOf, io: 'output' }).schemas;
  const inputs = requestBodies.map((schema) => names.get(schema)?.id);
  return Object.fromEntries(
    Object.keys(asOutput).map((name) => {
      const { $schema, $id, ...schema } = (inputs.includes(name) ? asInput : asOutput)[name] ?? {};
      return [name, schema];
    }),
  );
}

function uriOf(name: string): string {
  return `#/components/schemas/${name}`;
}
