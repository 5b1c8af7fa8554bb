/** Asks to end a scan; its last frames then come over the stream. */
export async function cancelScan(
  jobId: string,
  userId: string,
): Promise<"cancelled" | "gone" | "unreachable"> {
  try {
    const { ok, status } = await fetch(`/api/v1/scan/${jobId}`, {
      method: "DELETE",
      headers: { "x-user-id": userId },
    });
    if (ok) return "cancelled";
    return status === 404 ? "gone" : "unreachable";
  } catch {
    // No network.
    return "unreachable";
  }
}
