import { describe, expect, it } from "vitest";
import { documented } from "./document.ts";
import { asked, bodyOf, jsonType } from "./driving.ts";
import { credentialsFor } from "./problem-drives.ts";

/** What anybody may store, and for how long. */
const stored: Record<string, string> = {
  listRegulations: "public, max-age=300",
  searchRegulations: "public, max-age=300",
  getRegulation: "public, max-age=300",
  listCharacters: "public, max-age=30",
  listEventSchemas: "public, max-age=300",
  getEventSchema: "public, max-age=31536000, immutable",
};

describe("an answer's Cache-Control", () => {
  it.each(documented.map((operation) => [operation.operationId, operation] as const))(
    "of %s",
    async (id, operation) => {
      const body = bodyOf(id);
      const response = await asked(id, {
        headers: { ...credentialsFor(operation), ...(body !== undefined && jsonType) },
        ...(body !== undefined && { body }),
        query: id === "searchRegulations" ? "?q=생수병" : "",
      });
      await response.body?.cancel();
      const expected = response.ok ? stored[id] : undefined;
      expect(response.ok || !(id in stored)).toBe(true);
      expect(response.headers.get("cache-control")).toBe(expected ?? "private, no-store");
    },
  );
});
