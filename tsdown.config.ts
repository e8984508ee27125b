import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defineConfig, type Rolldown } from 'tsdown';

const commanderLicense = readFileSync(
  new URL('./LICENSE', `file://${createRequire(import.meta.url).resolve('commander')}`),
  'utf8',
);

/**
 * Removes the source maps of chunks that pages load, and those of type declarations. A page's bundler makes maps of its
 * own, and with all maps the package would be a third larger.
 */
function sourcemapsOutside(pageEntries: readonly string[]): Rolldown.Plugin {
  return {
    name: 'sourcemaps-outside-pages',
    generateBundle(_options, bundle) {
      const types = Object.keys(bundle).filter((file) => file.endsWith('.d.ts'));
      const unmapped = new Set([...pageEntries.map((name) => `${name}.js`), ...types]);
      for (const file of unmapped) {
        const chunk = bundle[file];
        if (chunk?.type !== 'chunk') continue;
        for (const imported of [...chunk.imports, ...chunk.dynamicImports]) unmapped.add(imported);
        chunk.code = chunk.code.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');
        delete bundle[`${file}.map`];
      }
    },
  };
}

export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      machine: 'src/machine/index.ts',
      schema: 'src/schema/index.ts',
      client: 'src/client/index.ts',
      react: 'src/react/index.ts',
      inspect: 'src/inspect/index.ts',
      'inspect/relay': 'src/inspect/transports/index.ts',
      testing: 'src/testing/index.ts',
      console: 'src/pages/index.ts',
      server: 'src/server/index.ts',
      'server/sqlite': 'src/server/store/sqlite/index.ts',
      'server/postgres': 'src/server/store/postgres/index.ts',
      'server/memory': 'src/server/store/memory.ts',
      'server/process': 'src/server/driver/process/index.ts',
      'server/simulated': 'src/server/driver/simulated/index.ts',
      'server/remote': 'src/server/driver/remote/index.ts',
      'server/log': 'src/server/telemetry/log.ts',
      'server/metrics': 'src/server/telemetry/metrics.ts',
      cli: 'src/cli/bin.ts',
      command: 'src/cli/index.ts',
    },
    dts: true,
    platform: 'neutral',
    target: 'node20',
    fixedExtension: false,
    sourcemap: true,
    plugins: [
      sourcemapsOutside(['index', 'machine', 'schema', 'client', 'react', 'inspect']),
      {
        name: 'react-entry',
        // The hooks use the client of the page's bundle, and their size is measured without it.
        resolveId: (id, importer) =>
          id === '../client/index.ts' && importer?.includes('/src/react/') && !importer.endsWith('.d.ts')
            ? { id: './client.js', external: true }
            : undefined,
        generateBundle(_options, bundle) {
          const chunk = bundle['react.js'];
          // A framework with server components runs modules with this directive in the page too.
          if (chunk?.type === 'chunk') chunk.code = `'use client';\n${chunk.code}`;
        },
      },
      {
        name: 'commander-beside',
        // All chunks of the command are in the same folder as commander.js.
        resolveId: (id) => (id === 'commander' ? { id: './commander.js', external: true } : undefined),
      },
    ],
  },
  {
    // A build of its own: it is CommonJS, whose helpers would otherwise end up in the entries for browsers.
    entry: { commander: 'commander' },
    dts: false,
    platform: 'node',
    target: 'node20',
    fixedExtension: false,
    clean: false,
    minify: true,
    outputOptions: { banner: `/*!\nCommander\n\n${commanderLicense}*/` },
  },
]);
