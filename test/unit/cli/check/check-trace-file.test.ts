import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { check } from '../../../../src/cli/check/check.ts';
import { checkText } from '../../../../src/cli/check/check-trace-file.ts';
import { UsageError } from '../../../../src/cli/help.ts';
import { records } from '../../../harness/machine/records.ts';

describe('a trace as text', () => {
  const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');

  it('says that it is legal', () => {
    expect(checkText(`${lines('pending', 'running')}\n`, 'trace', false)).toEqual({
      code: 0,
      said: 'Legal: 2 observations of one sandbox.',
    });
  });

  it('tells the line of the first illegal step, whatever empty lines there are', () => {
    const text = `"pending"\r\n\r\n  \n"running"\n"suspended"\n`;
    expect(checkText(text, 'seen.jsonl', false)).toEqual({
      code: 1,
      said: expect.stringMatching(/^seen\.jsonl:5: No one change of status leads from running to suspended/),
    });
    expect(checkText(text, 'seen.jsonl', true).code).toBe(0);
  });

  it('tells the line that cannot be understood', () => {
    expect(checkText('"pending"\n{', 'line', false)).toEqual({
      code: 2,
      said: expect.stringContaining('line 2: A line must be JSON'),
    });
    expect(checkText('"pending"\n"asleep"', 'seen', false)).toEqual({
      code: 2,
      said: expect.stringContaining('seen:2: the line must be one of pending'),
    });
  });

  it('tells of a record that no sandbox can be in', () => {
    const lifecycle = { ...records.suspended, name: null };
    const text = lines({ event: { type: 'created', at: 1 }, to: 'suspended', lifecycle });
    expect(checkText(text, 'seen', false)).toEqual({
      code: 1,
      said: expect.stringContaining('seen:1: The record of sandbox named is illegal at name'),
    });
  });

  it('does not call an empty file legal', () => {
    expect(checkText('\n\n', 'seen', false).code).toBe(2);
  });
});

describe('check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'check-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });

  it('ends with the code of what it found', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const path = join(folder, 'trace.jsonl');
    writeFileSync(path, '"terminated"\n"running"\n');
    await check(['--sampled', path], () => undefined);
    expect(process.exitCode).toBe(1);
    expect(said).toHaveBeenCalledWith(expect.stringContaining(`${path}:2: No events lead`));
    await check([join(folder, 'nothing')], () => undefined);
    expect(process.exitCode).toBe(2);
  });

  it('hands a folder on', async () => {
    const checkData = vi.fn();
    await check([folder], checkData);
    expect(checkData).toHaveBeenCalledWith(folder);
  });

  it.each([[[]], [['one', 'two']], [['--fast', 'one']], [['--sampled', folder]]])(
    'refuses %j',
    async (args) => {
      await expect(check(args, () => undefined)).rejects.toThrow(UsageError);
    },
  );
});
