const key = 'sandbox-lifecycle:token';
let unkept: string | null = null;

/** The token of this tab: forgotten when the tab is closed, and, where the browser keeps nothing, when the page is left. */
export const token = {
  read(): string | null {
    try {
      return sessionStorage.getItem(key) ?? unkept;
    } catch {
      return unkept;
    }
  },
  write(value: string): void {
    unkept = value;
    try {
      sessionStorage.setItem(key, value);
    } catch {
      // It holds for this page.
    }
  },
  forget(): void {
    unkept = null;
    try {
      sessionStorage.removeItem(key);
    } catch {
      // There was none.
    }
  },
};
