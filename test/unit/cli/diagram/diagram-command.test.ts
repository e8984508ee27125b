import { expect, it, vi } from 'vitest';
import { createDiagramCommand, formats } from '../../../../src/cli/diagram/command.ts';
import { diagramText } from '../../../../src/cli/diagram/diagram.ts';
import { drawChart, lifecycleChart } from '../../../../src/inspect/chart/index.ts';

it('draws the chart by default', async () => {
  const run = vi.fn();
  await createDiagramCommand(run).parseAsync([], { from: 'user' });
  expect(run).toHaveBeenCalledWith('svg');
  expect(diagramText('svg')).toBe(drawChart(lifecycleChart));
  expect(formats).toEqual(['svg', 'mermaid', 'json']);
});

it.each([
  [['--format', 'png'], 'Unknown format "png". Use svg, mermaid or json.'],
  [['--format', 'scxml'], 'Unknown format "scxml".'],
  [['--format', 'constructor'], 'Unknown format "constructor".'],
  [['--shape', 'round'], "unknown option '--shape'"],
  [['file'], 'too many arguments'],
])('rejects %j', async (args, problem) => {
  const command = createDiagramCommand(() => undefined);
  await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(problem);
});
