/** The regions whose local rules are known; none when they cannot be had. */
export async function knownRegions(): Promise<string[]> {
  try {
    const response = await fetch("/api/v1/regulations");
    const body: unknown = response.ok ? await response.json() : null;
    return regionsIn(body);
  } catch {
    // No network, or something before the server answered: a region can be typed all the same.
    return [];
  }
}

const regionsIn = (body: unknown): string[] =>
  typeof body === "object" && body !== null && "regions" in body && Array.isArray(body.regions)
    ? body.regions.filter((region) => typeof region === "string")
    : [];
