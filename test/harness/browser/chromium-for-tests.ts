import { afterAll, afterEach, beforeAll } from 'vitest';
import { type Chromium, launchChromium } from './chromium.ts';

/** What the tests of one file share. */
export interface BrowserTests {
  /** The browser, once the tests have begun. */
  chromium(): Chromium;
  /** Has something ended after the test, the newest first. */
  later(end: () => unknown): void;
}

/** One Chromium for all tests of a file, and an end for whatever each of them starts. */
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
      if (chromium === undefined) throw new Error('There is no browser before the tests begin.');
      return chromium;
    },
    later: (end) => ends.push(end),
  };
}
