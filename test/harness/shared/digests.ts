let pending = 0;

const { subtle } = globalThis.crypto;
const digest = subtle.digest.bind(subtle);

// Web Crypto works on its own threads. A virtual clock must not move while a hash is in progress.
subtle.digest = async (...args) => {
  pending++;
  try {
    return await digest(...args);
  } finally {
    pending--;
  }
};

/** The number of hashes in progress in this process. */
export function pendingDigests(): number {
  return pending;
}
