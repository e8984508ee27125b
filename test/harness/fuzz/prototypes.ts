/** Objects that all code shares. A request must not change their own properties. */
const shared: readonly object[] = [
  ...[Object, Array, Function, String, Number, Boolean, Symbol, BigInt, Date, RegExp, Promise],
  ...[Map, Set, WeakMap, WeakSet, Error, TypeError, SyntaxError, Uint8Array, ArrayBuffer],
  ...[Request, Response, Headers, URL, URLSearchParams, ReadableStream, AbortController, AbortSignal],
].flatMap((kind) => [kind, kind.prototype as object]);
const others: readonly object[] = [JSON, Math, Reflect, globalThis];

/** Remembers the own properties of the shared objects, for a later comparison. */
export function rememberPrototypes(): Prototypes {
  const remembered = [...shared, ...others].map((object) => ({ object, own: ownOf(object) }));
  return {
    /** Restores the first changed property, and returns its name. */
    firstChange() {
      for (const { object, own } of remembered) {
        const now = ownOf(object);
        for (const key of new Set([...own.keys(), ...now.keys()])) {
          const before = own.get(key);
          const after = now.get(key);
          if (before && after && isSame(before, after)) continue;
          if (before) Object.defineProperty(object, key, before);
          else Reflect.deleteProperty(object, key);
          return String(key);
        }
      }
      return undefined;
    },
  };
}

/** The remembered properties. */
export interface Prototypes {
  firstChange(): string | undefined;
}

function ownOf(object: object): Map<PropertyKey, PropertyDescriptor> {
  // Many properties of the global object are created at their first use.
  const keys = object === globalThis ? ['Object', 'JSON', 'Array', 'polluted'] : Reflect.ownKeys(object);
  const own = new Map<PropertyKey, PropertyDescriptor>();
  for (const key of keys) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor) own.set(key, descriptor);
  }
  return own;
}

/** Compares values and accessors. A match changes what the accessors of `RegExp` return, but not the accessors. */
function isSame(one: PropertyDescriptor, other: PropertyDescriptor): boolean {
  return Object.is(one.value, other.value) && one.get === other.get && one.set === other.set;
}
