import { inject } from "vitest";
import { z } from "zod";

const Calls = z.array(
  z.object({
    at: z.number(),
    kind: z.enum(["vision", "answer"]),
    body: z.looseObject({}),
    authorization: z.string().optional(),
    agent: z.string().optional(),
    path: z.string(),
    gateway: z.string().optional(),
  }),
);

/** The scripted model's requests that contain a text, oldest first. */
export async function modelCalls(text: string) {
  const url = new URL(inject("modelBaseURL"));
  url.searchParams.set("text", text);
  const response = await fetch(url);
  return Calls.parse(await response.json());
}
