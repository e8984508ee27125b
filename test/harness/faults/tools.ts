/** Why a test of faults cannot run on this machine. */
export interface Missing {
  readonly skipped: string;
}

/**
 * Returns a tool of a test of faults, or undefined when this machine does not have it. Then the reason is printed, and the test is to be
 * skipped. Throws instead when `REQUIRE_FAULTS` is set.
 */
export function orSkip<Tool extends object>(what: string, tool: Tool | Missing): Tool | undefined {
  if (!('skipped' in tool)) return tool;
  if (process.env['REQUIRE_FAULTS']) throw new Error(`REQUIRE_FAULTS is set, but ${tool.skipped}.`);
  console.warn(`The tests of ${what} are skipped: ${tool.skipped}.`);
  return undefined;
}
