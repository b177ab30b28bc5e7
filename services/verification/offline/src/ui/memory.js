// The newest trust list that was accepted under this root, kept by the browser where it lets us.

const name = (fingerprint) => `kexin-trust-${fingerprint}`;

/** {seq, digest}, or null. */
export function recall(fingerprint) {
  try {
    const { seq, digest } = JSON.parse(localStorage.getItem(name(fingerprint)));
    return Number.isSafeInteger(seq) && typeof digest === "string" ? { seq, digest } : null;
  } catch {
    return null;
  }
}

/** Whether it could be kept. */
export function keep(fingerprint, seen) {
  try {
    localStorage.setItem(name(fingerprint), JSON.stringify(seen));
    return true;
  } catch {
    return false;
  }
}
