import { expect, test } from 'vitest';
import { type CommandInput, createSandboxClient } from '../../src/client/index.ts';
import { can, commands, type Sandbox, why } from '../../src/index.ts';
import { scriptedTransport } from '../harness/client/scripted-transport.ts';
import { records } from '../harness/machine/records.ts';

const inputs: readonly CommandInput[] = [
  'suspend',
  'resume',
  'snapshot',
  'keepalive',
  'terminate',
  { type: 'rename', name: 'new' },
];
/** No command, each command, and each pair of commands in order. */
const pendingSets: readonly (readonly CommandInput[])[] = [
  [],
  ...inputs.map((one) => [one]),
  ...inputs.flatMap((one) => inputs.map((other) => [one, other])),
];

test('`can` is false exactly when `why` returns a reason, and both agree with the machine, in every state with every set of pending commands', () => {
  const seen = new Set<string>();
  for (const record of Object.values(records)) {
    for (const set of pendingSets) {
      const client = createSandboxClient({ id: 'a1', transport: scriptedTransport(record), initial: record });
      for (const one of set) client.send(one);
      const { sandbox, commands: buttons } = client.getSnapshot();
      for (const name of commands) {
        const reason = why(sandbox as Sandbox, name);
        expect(client.why(name)).toEqual(reason);
        expect(client.can(name)).toBe(can(sandbox as Sandbox, name));
        expect(client.can(name)).toBe(reason === undefined);
        expect(buttons[name].isAllowed).toBe(client.can(name));
        expect(buttons[name].reason).toEqual(reason ?? null);
        seen.add(`${record.status} ${name} ${reason?.code}`);
      }
      // `terminate` is allowed in every state that is not final.
      if (sandbox?.status !== 'terminated') expect(client.can('terminate')).toBe(true);
      client.dispose();
    }
  }
  expect(seen.size).toBeGreaterThan(40);
});
