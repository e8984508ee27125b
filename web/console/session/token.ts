const key = 'sandbox-lifecycle:token';
let inMemory: string | null = null;

/** The token of this tab. Closing the tab deletes it; without session storage, so does leaving the page. */
export const token = {
  read(): string | null {
    try {
      return sessionStorage.getItem(key) ?? inMemory;
    } catch {
      return inMemory;
    }
  },
  write(value: string): void {
    inMemory = value;
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // This page keeps it in memory.
    }
  },
  forget(): void {
    inMemory = null;
    try {
      sessionStorage.removeItem(key);
    } catch {
      // The browser stores nothing.
    }
  },
};
