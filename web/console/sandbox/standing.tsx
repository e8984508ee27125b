import { Text } from '@mantine/core';
import { type DisplayedSandbox, outcomeSentence, type SandboxClient } from '../../../src/client/index.ts';
import { failureWord } from '../shared/words.ts';
import { Countdown } from './countdown.tsx';

/**
 * How a sandbox stands: the time until its limits, its end, or the failure of its last operation. It has room for all limits
 * of the sandbox and one sentence, so that the buttons below keep their place when these come and go.
 */
export function Standing({ client, sandbox }: { client: SandboxClient; sandbox: DisplayedSandbox }) {
  const { timeoutMs, idleTimeoutMs, suspendedTimeoutMs } = sandbox;
  const whileRunning = [timeoutMs, idleTimeoutMs].filter((limitMs) => limitMs !== null).length;
  const rows = Math.max(whileRunning, suspendedTimeoutMs === null ? 0 : 1);
  const ending = outcomeSentence(sandbox) ?? failureWord(sandbox);
  return (
    <div className="standing" data-rows={rows}>
      <Countdown client={client} />
      {ending && (
        <Text c="dimmed" className="wrapping">
          {ending}
        </Text>
      )}
    </div>
  );
}
