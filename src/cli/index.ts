#!/usr/bin/env node
import { help, UsageError } from './help.ts';
import { serve } from './serve.ts';

const [command, ...rest] = process.argv.slice(2);

try {
  if (command === undefined || command === 'help' || rest.includes('--help') || command === '--help')
    console.log(help);
  else if (command === 'serve') await serve(rest);
  else throw new UsageError(`There is no command ${command}.`);
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${help}`);
  else console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
