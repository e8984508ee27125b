type Listen<Type extends string> = (
  type: Type,
  listener: (event: { readonly persisted?: boolean }) => void,
  options: { readonly signal: AbortSignal },
) => void;

/** A held lock; null if another window has it. */
type Lock = object | null;

/** The parts of a browser's page that the client uses. */
export interface Page {
  readonly document: {
    readonly hidden: boolean;
    readonly baseURI: string;
    addEventListener: Listen<'visibilitychange'>;
  };
  readonly navigator: {
    readonly onLine: boolean;
    readonly locks?: {
      request(
        name: string,
        options: { readonly ifAvailable: true },
        callback: (lock: Lock) => Promise<void> | undefined,
      ): Promise<unknown>;
    };
  };
  addEventListener: Listen<'online' | 'offline' | 'pageshow' | 'pagehide'>;
}

/** The page that runs this code; undefined on a server, in a worker and in React Native. */
export function currentPage(): Page | undefined {
  const page = globalThis as unknown as Partial<Page>;
  return page.document && page.navigator && page.addEventListener ? (page as Page) : undefined;
}
