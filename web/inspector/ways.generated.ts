// Generated from src/machine/lifecycle.ts by `npm run generate`. Change the machine, not this file.

/**
 * What can become of an event: where it leads, or why it does not. `{event}` is its first word, `{status}` and `{work}` are
 * those of the sandbox.
 */
export const outcomes: readonly string[] = [
  "Cannot {event} a {status} sandbox: its {work} is still under way; try again when that has ended.",
  "→ pending",
  "→ terminated",
  "→ running",
  "No {event} is in flight.",
  "Nothing runs.",
  "Cannot {event} a {status} sandbox: {status} is final; create a new one instead.",
  "There is nothing to do: that holds already.",
  "No deadline runs.",
  "→ suspending",
  "→ snapshotting",
  "It is under way already.",
  "→ suspended.idle",
  "→ suspended.resuming",
  "Cannot {event} a {status} sandbox: it is not running; resume it first.",
  "Cannot {event} a {status} sandbox: it has no name, and only named sandboxes can be suspended; give it a name first."
];

/**
 * By the state, first of named sandboxes with a limit, then without, then of ephemeral ones: the number of what becomes of
 * every event, in their order, as a digit to the base 36.
 */
export const ways: Readonly<Record<string, readonly string[]>> = {
  "pending": [
    "00010213244444452",
    "00010213244444452",
    "f0010213244444452",
    "f0010213244444452"
  ],
  "terminated": [
    "66666744444444458",
    "66666744444444458",
    "66666744444444458",
    "66666744444444458"
  ],
  "running": [
    "97a33244444444429",
    "97a37244444444428",
    "f7a33244444444422",
    "f7a37244444444428"
  ],
  "suspending": [
    "b0090244444c34423",
    "b0090244444c34423"
  ],
  "suspended.idle": [
    "7dece244444444458",
    "7dece244444444458"
  ],
  "suspended.resuming": [
    "0b0d0244444443c5c",
    "0b0d0244444443c5c"
  ],
  "snapshotting": [
    "000aa244433444423",
    "000a7244433444423",
    "f00aa244433444423",
    "f00a7244433444423"
  ]
};
