/** The changes of status that can be seen from outside, and no others. Source: contract, section 4. */
export const edges = [
  'pending→running',
  'pending→terminated',
  'running→snapshotting',
  'running→suspending',
  'running→terminated',
  'snapshotting→running',
  'snapshotting→terminated',
  'suspending→suspended',
  'suspending→running',
  'suspending→terminated',
  'suspended→running',
  'suspended→terminated',
] as const;
