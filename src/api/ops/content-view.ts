import { z } from "zod";
import { adaptersOf } from "../../adapters.ts";
import { operatorPhotoSeconds } from "../../images/signed-url.ts";
import { signedPhotoPath } from "../../images/photo-url.ts";
import { providerOf } from "../../models/catalog.ts";
import { promptOf } from "../../models/prompt-of.ts";
import { accountIdOf } from "../../objects.ts";
import type { CallContent, JobContent } from "../../pipeline/job-content.ts";
import { PipelineResult } from "../../pipeline/result-body.ts";
import { body } from "../openapi/response-bodies.ts";
import { snapshot } from "../scan-schemas.ts";

const { disposal_rules, final_answer, classification_result } = PipelineResult.shape;

const Photo = z.object({
  state: z
    .enum(["shown", "deleted", "external", "unsigned"])
    .describe(
      "`deleted` by its resident or after 30 days; `external`: it was given by its URL; `unsigned`: " +
        "without SIGNING_SECRET there are no addresses.",
    ),
  url: z
    .string()
    .nullable()
    .describe(`Valid for ${operatorPhotoSeconds} s; for external, the URL that was submitted.`),
  type: z.string().nullable(),
});

const Call = snapshot.calls.element.extend({
  provider: z.string().nullable(),
  prompt: z
    .object({ system: z.string(), user: z.string(), photo: z.boolean() })
    .nullable()
    .describe(
      "Not kept, but put together anew from what the call was given, by the templates of the version that answers. " +
        "Null for a reused result, a model without prompts, and where an input is missing.",
    ),
  output: z
    .unknown()
    .describe(
      "What was read from its reply, which is kept in no other form; null when it gave none.",
    ),
});

export const Content = body(
  "JobContent",
  "The words, photo, answer and model calls of a scan, as far as they are kept.",
  {
    job_id: z.string(),
    model: z.string().describe("The model that was requested."),
    words: z.string().nullable(),
    region: z.string().nullable().describe("As it was typed."),
    photo: Photo.nullable(),
    classification: classification_result
      .pick({ classification: true, situation_tags: true })
      .nullable(),
    rule: disposal_rules,
    answer: final_answer.nullable(),
    calls: z.array(Call),
  },
);

/** The content of a job as operators are shown it. Nothing is left out silently. */
export async function contentView(
  env: Env,
  jobId: string,
  content: JobContent,
): Promise<z.infer<typeof Content>> {
  const { request, checkpoints, calls } = content;
  const { vision, rule, answer } = checkpoints;
  return {
    job_id: jobId,
    model: request.model,
    words: request.user_input,
    region: request.region,
    photo: await photoOf(env, content),
    classification: vision
      ? { classification: vision.classification, situation_tags: vision.situation_tags }
      : null,
    rule: rule?.rule ?? null,
    answer: answer
      ? {
          disposal_steps: answer.disposal_steps,
          insufficiencies: answer.insufficiencies,
          user_answer: answer.user_answer,
        }
      : null,
    calls: calls.map((call) => callOf(call, content)),
  };
}

function callOf(made: CallContent, content: JobContent): z.infer<typeof Call> {
  const { given: _, output, ...call } = made;
  const provider = providerOf(call.model);
  const prompt = promptOf(made, content);
  return { ...call, provider, prompt, output: output && withoutCalls(output) };
}

/** The calls are listed by themselves. */
const withoutCalls = (output: object): object =>
  Object.fromEntries(Object.entries(output).filter(([name]) => name !== "calls"));

async function photoOf(
  env: Env,
  { request: { photo }, userId }: JobContent,
): Promise<z.infer<typeof Photo> | null> {
  if (!photo) return null;
  if (photo.kind === "url") return { state: "external", url: photo.url, type: null };
  const { key, type } = photo;
  if ((await adaptersOf(env).images.sizeOf(key)) === null) {
    return { state: "deleted", url: null, type };
  }
  const url = await signedPhotoPath(env, key, accountIdOf(env, userId), "operator");
  return { state: url === null ? "unsigned" : "shown", url, type };
}
