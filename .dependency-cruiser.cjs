/**
 * The layers of src, from the bottom up, and what each may import besides itself. CONTRIBUTING.md states the same rules.
 * Folders that are not listed (the entry src/index.ts and src/cli) may import anything.
 */
const core = ['model', 'guards', 'machine', 'schema', 'utils'];
const layers = {
  model: [],
  guards: ['model'],
  machine: ['model', 'guards'],
  schema: ['model', 'guards', 'machine'],
  utils: [],
  pages: [],
  server: core,
  client: core,
  inspect: [...core, 'pages'],
  testing: [...core, 'server', 'client'],
  react: ['client'],
};

/** The host, the HTTP API, the memory store and the simulated driver also run in workers and in pages. */
const needsNode = '^src/server/(driver/process|store/(sqlite|postgres)|telemetry/(log|metrics)|sync-folder)';

module.exports = {
  forbidden: [
    ...Object.entries(layers).map(([layer, below]) => ({
      name: `layer-${layer}`,
      comment: `src/${layer} may import ${below.length === 0 ? 'no other folder' : below.join(', ')}.`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^(src|web|scripts|test|bench)/', pathNot: `^src/(${[layer, ...below].join('|')})/` },
    })),
    {
      name: 'no-circles',
      comment: 'Two files that import each other are one idea, or a third one is missing. Types count too.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-imports-nothing',
      comment: 'The entry "." has no run-time dependency.',
      severity: 'error',
      from: { path: '^src/(index\\.ts|model/|guards/|utils/)' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-peer', 'core'] },
    },
    {
      name: 'host-without-node',
      comment: 'Use Web APIs (Web Crypto, timers, streams), so that the host also runs in workers and pages.',
      severity: 'error',
      from: { path: '^src/server/', pathNot: needsNode },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'page-without-node',
      comment: 'Clients, hooks and the inspector run in browsers.',
      severity: 'error',
      from: {
        path: '^(src/(machine|schema|client|react|inspect)|web)/',
        pathNot: '^src/inspect/transports/(relay|bridge-page)|vite\\.config',
      },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
