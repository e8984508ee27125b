#!/usr/bin/env node
import { run } from 'sandbox-lifecycle/cli';

await run(process.argv.slice(2), { name: 'sandbox-lifecycle-server', defaultCommand: 'serve' });
