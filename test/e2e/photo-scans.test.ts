import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { photoTypeOf } from "../../src/images/media-type.ts";
import { type ModelServer, startModelServer } from "../node/model-server.ts";
import { type Server, startServer } from "./start-server.ts";

const folder = new URL("../fixtures/photos/", import.meta.url);
const photos = readdirSync(folder).map((name) => ({
  name,
  bytes: new Uint8Array(readFileSync(new URL(name, folder))),
}));
/** The types of photo that each model takes, by its provider's documentation. */
const taken = {
  "gpt-5.2": ["image/jpeg", "image/png", "image/webp", "image/gif"],
  "gemini-3.8-flash": ["image/jpeg", "image/png", "image/webp", "image/heic"],
  "gemma-4-26b": ["image/jpeg", "image/png", "image/webp"],
};
const cases = photos.flatMap((photo) =>
  Object.entries(taken).map(([model, takes]) => [photo.name, model, { ...photo, takes }] as const),
);

let model: ModelServer;
let server: Server;

beforeAll(async () => {
  model = await startModelServer();
  server = await startServer({
    env: {
      OPENAI_API_KEY: "sk-test",
      OPENAI_BASE_URL: model.baseURL,
      GEMINI_API_KEY: "gm-test",
      GEMINI_BASE_URL: model.baseURL,
      WORKERS_AI_API_KEY: "wa-test",
      WORKERS_AI_BASE_URL: model.baseURL,
    },
  });
});

afterAll(async () => {
  await server.stop();
  await model.close();
});

const Accepted = z.object({ job_id: z.string(), result_url: z.string() });
const Parts = z.object({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
});
const PhotoPart = z.object({
  type: z.literal("image_url"),
  image_url: z.object({ url: z.string() }),
});

/** The photo that the model was sent with some words, as a data URL. */
async function sentPhoto(words: string): Promise<string | undefined> {
  const url = new URL(model.baseURL);
  url.searchParams.set("text", words);
  const calls = z
    .array(z.object({ kind: z.string(), body: Parts }))
    .parse(await (await fetch(url)).json());
  return calls
    .filter(({ kind }) => kind === "vision")
    .flatMap(({ body }) => body.messages.flatMap(({ content }) => content))
    .flatMap((part) => PhotoPart.safeParse(part).data?.image_url.url ?? [])
    .at(0);
}

describe("a scan of a photo", () => {
  it.each(cases)(
    "sends %s to %s as that takes it, or refuses it with what to do",
    async (_, name, { bytes, takes }) => {
      const type = photoTypeOf(bytes);
      const words = crypto.randomUUID();
      const user = `user-${words}`;
      const form = new FormData();
      form.set("image", new File([bytes], "photo"));
      form.set("user_input", `생수병 {${words}}`);
      form.set("model", name);
      const headers = { "x-user-id": user };
      const response = await fetch(`${server.url}/api/v1/scan`, {
        method: "POST",
        headers,
        body: form,
      });
      if (!type || !takes.includes(type)) {
        expect(response.status).toBe(415);
        expect(await response.json()).toMatchObject({
          code: "UNSUPPORTED_PHOTO_TYPE",
          detail: expect.stringContaining("JPEG"),
        });
        return;
      }
      expect(response.status).toBe(202);
      const { result_url } = Accepted.parse(await response.json());
      await vi.waitFor(
        async () => {
          const result = await fetch(new URL(result_url, server.url), { headers });
          expect(result.status).toBe(200);
          expect(await result.json()).toMatchObject({
            status: "completed",
            metadata: { model: name },
          });
        },
        { timeout: 30_000, interval: 200 },
      );
      const sent = (await sentPhoto(words)) ?? "";
      expect(sent.slice(0, sent.indexOf(","))).toBe(`data:${type};base64`);
      const cleaned = Buffer.from(sent.slice(sent.indexOf(",") + 1), "base64");
      expect(photoTypeOf(new Uint8Array(cleaned))).toBe(type);
      // The maker's metadata is gone; what is seen is compared in a browser by another test.
      expect(cleaned.includes("Exif\0\0")).toBe(false);
    },
  );
});
