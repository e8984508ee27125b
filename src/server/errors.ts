/** No such sandbox or snapshot in this namespace. What is foreign is unknown. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';

  constructor(what: 'sandbox' | 'snapshot', id: string) {
    super(`There is no ${what} ${JSON.stringify(id)} in this namespace.`);
  }
}

/** A request that breaks a rule of the lifecycle or of the server: one sentence that says which, and what would help. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}
