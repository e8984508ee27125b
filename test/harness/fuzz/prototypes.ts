/** What everybody shares: their own properties are to be the same afterwards. */
const shared: readonly object[] = [
  ...[Object, Array, Function, String, Number, Boolean, Symbol, BigInt, Date, RegExp, Promise],
  ...[Map, Set, WeakMap, WeakSet, Error, TypeError, SyntaxError, Uint8Array, ArrayBuffer],
  ...[Request, Response, Headers, URL, URLSearchParams, ReadableStream, AbortController, AbortSignal],
].flatMap((kind) => [kind, kind.prototype as object]);
const others: readonly object[] = [JSON, Math, Reflect, globalThis];

/** What is there, to be held against what is there later. */
export function rememberPrototypes(): Prototypes {
  const remembered = [...shared, ...others].map((object) => ({ object, own: ownOf(object) }));
  return {
    /** The first property that is not as it was; puts it back. */
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

/** The prototypes as they were. */
export interface Prototypes {
  firstChange(): string | undefined;
}

function ownOf(object: object): Map<PropertyKey, PropertyDescriptor> {
  // On the global object much is made at its first use.
  const keys = object === globalThis ? ['Object', 'JSON', 'Array', 'polluted'] : Reflect.ownKeys(object);
  const own = new Map<PropertyKey, PropertyDescriptor>();
  for (const key of keys) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key);
    if (descriptor) own.set(key, descriptor);
  }
  return own;
}

/** A regular expression leaves its last match behind in `RegExp`, through accessors: those are the same. */
function isSame(one: PropertyDescriptor, other: PropertyDescriptor): boolean {
  return Object.is(one.value, other.value) && one.get === other.get && one.set === other.set;
}
