let pending = 0;

const { subtle } = globalThis.crypto;
const digest = subtle.digest.bind(subtle);

// Web Crypto works on threads of its own. A virtual clock must not move while a hash is being computed.
subtle.digest = async (...args) => {
  pending++;
  try {
    return await digest(...args);
  } finally {
    pending--;
  }
};

/** How many hashes are being computed in this process. */
export function pendingDigests(): number {
  return pending;
}
