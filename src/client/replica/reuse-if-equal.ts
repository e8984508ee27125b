/** Returns the previous value if both are equal as JSON, so that a comparison by identity sees no change. */
export function reuseIfEqual<Value>(value: Value, previous: Value | undefined): Value {
  return previous && JSON.stringify(value) === JSON.stringify(previous) ? previous : value;
}
