/** Waits until something is kept, or cannot be: what the network has answered is there without it. */
export async function ifStored(keeping: Promise<void>): Promise<void> {
  try {
    await keeping;
  } catch (error) {
    // Storage is full, or blocked.
    if (!(error instanceof DOMException)) throw error;
  }
}
