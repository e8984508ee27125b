import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The quick tests first: most mutants die there, and the first death ends the run. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const slowness = ({ moduleId }: TestSpecification) =>
      ['unit/', 'exhaustive', 'contract'].findIndex((part) => moduleId.includes(part));
    return [...files].sort((a, b) => slowness(a) - slowness(b));
  }
}

/** The tests that judge the machine: what mutants of it must not survive. */
export default defineConfig({
  test: {
    testTimeout: 120_000,
    sequence: { sequencer: QuickFirst },
    include: [
      'test/unit/{model,guards,machine,schema}/**/*.test.ts',
      'test/unit/scripts/{generated,compile-table}.test.ts',
      'test/property/{exhaustive,contract}.test.ts',
    ],
  },
});
