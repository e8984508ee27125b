import type { Report, SandboxEvent, WithoutTime } from '../../model/events.ts';
import { cutUtf8, isLongerThan } from '../../utils/utf8.ts';
import type { Captured } from '../driver/driver.ts';

/** The most bytes (UTF-8) that a reason and the address of a snapshot from a driver may have. */
const mostReasonBytes = 1024;
const mostUriBytes = 2048;

/**
 * Creates the event of a report by the platform. A reason of more than 1 KiB is cut at the end of a character. Drivers may
 * be untyped code: a reason that is not a text is replaced, and an exit code that is not an integer becomes null.
 */
export function platformEvent(report: WithoutTime<Report>, at: number): SandboxEvent {
  return {
    ...report,
    ...('reason' in report && { reason: reasonOf(report) }),
    ...('exitCode' in report && {
      exitCode: Number.isSafeInteger(report.exitCode) ? report.exitCode : null,
    }),
    at,
  } as SandboxEvent;
}

function reasonOf({ type, reason }: { readonly type: string; readonly reason: unknown }): string | null {
  if (typeof reason === 'string') return cutUtf8(reason, mostReasonBytes);
  return type === 'exited' ? null : 'The driver reported no reason.';
}

/** The valid fields of a captured snapshot. `onProblem` gets an error for each field that is dropped. */
export function checkCaptured(captured: Captured, onProblem: (error: Error) => void): Captured {
  const { sizeBytes, uri } = (captured ?? {}) as { sizeBytes?: unknown; uri?: unknown };
  const isSize = Number.isSafeInteger(sizeBytes) && Number(sizeBytes) >= 0;
  const isUri = typeof uri === 'string' && !isLongerThan(uri, mostUriBytes);
  if (sizeBytes != null && !isSize)
    onProblem(
      new TypeError(
        'The driver returned a snapshot with an invalid sizeBytes, which was dropped; return an integer from 0.',
      ),
    );
  if (uri != null && !isUri)
    onProblem(
      new TypeError(
        'The driver returned a snapshot with an invalid uri, which was dropped; return a text of at most 2 KiB.',
      ),
    );
  return { ...(isSize && { sizeBytes: Number(sizeBytes) }), ...(isUri && { uri }) };
}
