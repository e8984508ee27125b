/** The causes, in one word, of the changes that no client requests. The id of a request cannot be one of them. */
export const hostCauses: readonly string[] = [
  'activity',
  'deadline',
  'downtime',
  'drift',
  'operation',
  'request',
];
