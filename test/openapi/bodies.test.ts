import { describe, expect, it } from "vitest";
import { documented } from "./document.ts";
import { asked, bodyOf, jsonType } from "./driving.ts";
import { credentialsFor } from "./problem-drives.ts";

const chunk = new TextEncoder().encode("x".repeat(64 * 1024));
/** More than any route reads, in chunks. */
const mostChunks = 100;

/** A body without an end that counts what is read of it, and whether it was closed. */
function endlessBody() {
  const read = { chunks: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      read.chunks += 1;
      if (read.chunks > mostChunks) controller.close();
      else controller.enqueue(chunk);
    },
    cancel() {
      read.isCancelled = true;
    },
  });
  return { read, body };
}

const takeJson = documented.filter(
  ({ requestBody }) => requestBody?.content["application/json"] !== undefined,
);

describe("a body of JSON", () => {
  it("is taken by more than a dozen operations", () => {
    expect(takeJson.length).toBeGreaterThan(12);
  });

  describe.each(takeJson.map((operation) => [operation.operationId, operation] as const))(
    "of %s",
    (id, operation) => {
      const headers = { ...credentialsFor(operation), ...jsonType };

      it("is refused without being read to its end when it has no length", async () => {
        const { read, body } = endlessBody();
        const response = await asked(id, { headers, body });
        expect({ status: response.status, ...(await response.json<object>()) }).toMatchObject({
          status: 413,
          code: "PAYLOAD_TOO_LARGE",
        });
        expect(read.isCancelled).toBe(true);
        expect(read.chunks).toBeLessThan(mostChunks / 2);
      });

      it("is refused without being read when its length says that it is too large", async () => {
        const { read, body } = endlessBody();
        const response = await asked(id, {
          headers: { ...headers, "content-length": String(mostChunks * chunk.length) },
          body,
        });
        expect(response.status).toBe(413);
        // A stream fills its own queue when it is made.
        expect(read.chunks).toBeLessThanOrEqual(1);
      });

      it("is taken with the example of the document", () => {
        expect(bodyOf(id)).toBeDefined();
      });
    },
  );
});
