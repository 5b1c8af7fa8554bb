import { z } from "zod";
import { providerOf } from "../../models/catalog.ts";
import type { JobState } from "../../pipeline/job.ts";
import { snapshotOf } from "../../pipeline/snapshot.ts";
import { Waiting } from "../../pipeline/waiting.ts";
import { withoutWords } from "../../pipeline/without-words.ts";
import { body } from "../openapi/response-bodies.ts";
import { snapshot } from "../scan-schemas.ts";

const { partial_result: _, ...withoutResult } = snapshot;

export const Job = body("Job", "Any user's scan without its content, and why it waits.", {
  user_id: z.string(),
  test_of: z.string().nullable().describe("Of a test scan: the scan whose content it has."),
  ...withoutResult,
  calls: z.array(
    snapshot.calls.element.extend({
      provider: z.string().nullable().describe("Null for a model that the catalog does not have."),
    }),
  ),
  waiting: Waiting.nullable(),
});

/** A scan as operators see it: nothing that its resident has written, and nothing that quotes it. */
export function jobOf(state: JobState, waiting: Waiting | null, now: number) {
  const { failure } = withoutWords(state.request.user_input);
  const { partial_result: _, calls, last_error, ...scan } = snapshotOf(state, now);
  return {
    user_id: state.userId,
    test_of: state.test?.of ?? null,
    ...scan,
    last_error: last_error && failure(last_error),
    calls: calls.map((call) =>
      Object.assign({}, call, {
        provider: providerOf(call.model),
        error: call.error && failure(call.error),
      }),
    ),
    waiting: waiting && {
      ...waiting,
      last_error: waiting.last_error && failure(waiting.last_error),
    },
  };
}
