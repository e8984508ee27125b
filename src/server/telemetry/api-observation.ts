/** What an API has done or seen: for logs and metrics. */
export type ApiObservation =
  /** A request was answered; a stream, when it began. */
  | {
      readonly type: 'request';
      readonly method: string;
      /** The route, with its parameters unfilled, as `/sandboxes/{id}`; null when there was none. */
      readonly route: string | null;
      readonly status: number;
      readonly durationMs: number;
      readonly requestId: string;
      /** Null for what is of no namespace, and for who was not let in. */
      readonly namespace: string | null;
    }
  /** So many streams of events are open now. */
  | { readonly type: 'streams'; readonly open: number }
  /** An error that is no fault of the request. It was answered with 500 and no detail. */
  | {
      readonly type: 'problem';
      readonly error: unknown;
      readonly sandboxId: null;
      readonly requestId: string;
    };
