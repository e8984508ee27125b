import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { check } from '../../../../src/cli/check/check.ts';
import { checkTraceText } from '../../../../src/cli/check/check-trace-file.ts';
import { createCheckCommand } from '../../../../src/cli/check/command.ts';
import { UsageError } from '../../../../src/cli/errors.ts';
import { records } from '../../../harness/machine/records.ts';

describe('a trace as text', () => {
  const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');

  it('is reported as legal', () => {
    expect(checkTraceText(`${lines('pending', 'running')}\n`, 'trace', false)).toEqual({
      code: 0,
      message: 'Legal: 2 observations of one sandbox.',
    });
  });

  it('gets the line of the first illegal step, despite empty lines', () => {
    const text = `"pending"\r\n\r\n  \n"running"\n"suspended"\n`;
    expect(checkTraceText(text, 'seen.jsonl', false)).toEqual({
      code: 1,
      message: expect.stringMatching(
        /^seen\.jsonl:5: No single change of status leads from running to suspended/,
      ),
    });
    expect(checkTraceText(text, 'seen.jsonl', true).code).toBe(0);
  });

  it('gets the line that cannot be parsed', () => {
    expect(checkTraceText('"pending"\n{', 'line', false)).toEqual({
      code: 2,
      message: expect.stringContaining('line 2: A line must be JSON'),
    });
    expect(checkTraceText('"pending"\n"asleep"', 'seen', false)).toEqual({
      code: 2,
      message: expect.stringContaining('seen:2: the line must be one of pending'),
    });
  });

  it('must not contain an illegal record', () => {
    const lifecycle = { ...records.suspended, name: null };
    const text = lines({ event: { type: 'created', at: 1 }, to: 'suspended', lifecycle });
    expect(checkTraceText(text, 'seen', false)).toEqual({
      code: 1,
      message: expect.stringContaining('seen:1: The record of sandbox named is illegal at name'),
    });
  });

  it('is not legal when it is empty', () => {
    expect(checkTraceText('\n\n', 'seen', false).code).toBe(2);
  });
});

describe('check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'check-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });

  it('sets the exit code', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const path = join(folder, 'trace.jsonl');
    writeFileSync(path, '"terminated"\n"running"\n');
    await check(path, { sampled: true }, () => undefined);
    expect(process.exitCode).toBe(1);
    expect(printed).toHaveBeenCalledWith(expect.stringContaining(`${path}:2: No sequence of events leads`));
    await check(join(folder, 'nothing'), {}, () => undefined);
    expect(process.exitCode).toBe(2);
  });

  it('checks a folder as data', async () => {
    const checkData = vi.fn();
    await check(folder, {}, checkData);
    expect(checkData).toHaveBeenCalledWith(folder);
  });

  it('rejects --sampled with a folder', async () => {
    await expect(check(folder, { sampled: true }, () => undefined)).rejects.toThrow(UsageError);
  });

  it.each([
    [[], "missing required argument 'path'"],
    [['one', 'two'], 'too many arguments'],
    [['--fast', 'one'], "unknown option '--fast'"],
  ])('rejects the arguments %j', async (args, problem) => {
    const command = createCheckCommand(() => undefined);
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(problem);
  });

  it('reads its arguments', async () => {
    const run = vi.fn();
    await createCheckCommand(run).parseAsync(['--sampled', '-'], { from: 'user' });
    expect(run).toHaveBeenCalledWith('-', { sampled: true });
  });
});
