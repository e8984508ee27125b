import { z } from 'zod';
import { eventSchema } from '../../../schema/event.ts';
import * as answers from '../../../schema/http/answers.ts';
import * as requests from '../../../schema/http/requests.ts';
import { sandboxSchema } from '../../../schema/sandbox.ts';
import type { JsonSchema } from '../request/query-parameters.ts';

/** The schemas that the document refers to by name. */
const names = z.registry<{ readonly id: string }>();

names
  .add(requests.createBody, { id: 'CreateSandbox' })
  .add(requests.updateBody, { id: 'UpdateSandbox' })
  .add(requests.snapshotBody, { id: 'SnapshotRequest' })
  .add(answers.createdAnswer, { id: 'CreatedSandbox' })
  .add(answers.sandboxAnswer, { id: 'Sandbox' })
  .add(answers.sandboxesAnswer, { id: 'SandboxPage' })
  .add(answers.resourcesAnswer, { id: 'Resources' })
  .add(answers.networkAnswer, { id: 'Network' })
  .add(answers.snapshotBegunAnswer, { id: 'SnapshotBegun' })
  .add(answers.snapshotAnswer, { id: 'Snapshot' })
  .add(answers.snapshotsAnswer, { id: 'SnapshotList' })
  .add(answers.actionsAnswer, { id: 'Actions' })
  .add(answers.changeAnswer, { id: 'Change' })
  .add(answers.historyAnswer, { id: 'History' })
  .add(answers.waitAnswer, { id: 'Waited' })
  .add(sandboxSchema, { id: 'LifecycleRecord' })
  .add(eventSchema, { id: 'LifecycleEvent' });

const requestBodies: readonly z.ZodType[] = Object.values(requests);

/** A reference to a schema of the document, or the schema itself when it has no name there. */
export function referenceTo(schema: z.ZodType): JsonSchema {
  const name = names.get(schema)?.id;
  return name === undefined ? z.toJSONSchema(schema) : { $ref: uriOf(name) };
}

/** All named schemas: bodies as they may come, answers as they go out. */
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
