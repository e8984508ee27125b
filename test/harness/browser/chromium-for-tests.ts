import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Chromium, launchChromium } from './chromium.ts';

/** The tools that the tests of one file share. */
export interface BrowserTests {
  /** Returns the browser. Throws before the tests begin. */
  chromium(): Chromium;
  /** Registers a function that runs after the test, the newest first. */
  later(end: () => unknown): void;
}

/** Starts one Chromium for all tests of a file, and cleans up after each test. */
export function chromiumForTests(): BrowserTests {
  let chromium: Chromium | undefined;
  const ends: (() => unknown)[] = [];
  beforeAll(async () => {
    chromium = await launchChromium();
  });
  afterAll(() => chromium?.close());
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return {
    chromium() {
      if (chromium === undefined) throw new Error('The browser starts with the tests.');
      return chromium;
    },
    later: (end) => ends.push(end),
  };
}
