#!/usr/bin/env node
import { help, serveHelp, UsageError } from './help.ts';
import { sentenceOf } from './missing.ts';

const [command, ...rest] = process.argv.slice(2);
const asksForHelp = rest.includes('--help') || rest.includes('-h');

try {
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    console.log(rest[0] === 'serve' ? serveHelp : help);
  } else if (asksForHelp) {
    console.log(command === 'serve' ? serveHelp : help);
  } else if (command === 'serve') {
    // What only a server needs is loaded for a server only.
    await (await import('./serve/serve.ts')).serve(rest);
  } else if (command === 'check') {
    const { check } = await import('./check/check.ts');
    // A trace is checked without a database.
    await check(rest, async (folder) => (await import('./check/check-data.ts')).printDataCheck(folder));
  } else if (command === 'diagram') {
    (await import('./diagram/diagram.ts')).diagram(rest);
  } else if (command === 'inspect') {
    await (await import('./inspect/inspect.ts')).inspect(rest);
  } else {
    throw new UsageError(`There is no command ${command}.`);
  }
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(sentenceOf(error));
  if (isUsage)
    console.error(
      `\nsandbox-lifecycle ${command === 'serve' ? 'serve --help' : 'help'} tells what there is.`,
    );
  process.exitCode = isUsage ? 2 : 1;
}
