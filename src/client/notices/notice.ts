/** A message for the user that stays until it is dismissed. All texts are plain text: show them as text, not as markup. */
export interface Notice {
  /** Identifies the notice: the id of the command, or the id of the sandbox and its version. */
  readonly id: string;
  /** The event: the server refused a command, it was never sent, its result is unknown, or the platform failed. */
  readonly kind: 'refused' | 'dropped' | 'unknown' | 'failed';
  readonly title: string;
  /** The reason, as one sentence of the server, of the client or of the platform. */
  readonly message: string;
  /** The effect on what the page shows, as one sentence; empty if there is none. */
  readonly effect: string;
}

/** The text with its first letter in upper case. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
