import { z } from "zod";
import { Abort, Decision } from "../../src/api/ops/redrive-routes.ts";
import { RedriveRequest } from "../../src/dead-letters/operated-redrives.ts";
import { json, jsonBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inPath } from "../parameters.ts";
import { badBody } from "./problems.ts";

const time = z.iso.datetime();
const id = "55de074f-d38d-4de0-a4f5-5874e909eb49";
const oneRedrive = [inPath("id", z.string(), "The redrive's `id`.", id)];

sends(
  "DeadLetterFilter",
  Decision.shape.filter,
  "Which dead letters; what is not given does not matter.",
  {
    kind: "Those of this kind.",
    source: "Those of this stage, queue or projection.",
    from: "Last seen at or after.",
    to: "Last seen before.",
  },
);
const Order = sends(
  "RedriveOrder",
  Decision,
  "What is to become of many dead letters at once, by whom and why.",
  {
    from_stage: "The stage that a `re-answer` goes back to; with that action, and only with it.",
    canary: "So many first; it stops when more than so many percent of them fail again.",
    dry_run: "Only counts them.",
  },
);
const AbortOrder = sends("AbortOrder", Abort, "Who stops it.");

const counted = {
  dead_letters: z.int(),
  groups: z.array(z.object({ fingerprint: z.string(), dead_letters: z.int() })),
};
const Counted = answers(
  "RedriveCount",
  z.object({ dry_run: z.literal(true), ...counted }),
  "What a redrive would take.",
);
const Begun = answers(
  "RedriveBegun",
  z.object({ id: z.string(), ...counted }),
  "A redrive that runs, and what it takes.",
);
/** What has become of the dead letters that a redrive has taken. */
export const progress = answers(
  "RedriveProgress",
  z.object({
    taken: z.int(),
    running: z.int(),
    recovered: z.int(),
    failed_again: z.int(),
    discarded: z.int(),
  }),
  "What has become of the dead letters that were taken.",
);
const Redrive = answers(
  "Redrive",
  z.object({
    ...RedriveRequest.shape,
    id: z.string(),
    status: z.enum(["running", "done", "stopped", "aborted"]),
    outcome: z.string().nullable(),
    created_at: time,
    ended_at: time.nullable(),
    progress,
    remaining: z
      .int()
      .nullable()
      .meta({ description: "Dead letters that it is still to take; null once it has ended." }),
  }),
  "A redrive as it was decided, and how far it is.",
);
const Redrives = answers(
  "Redrives",
  z.object({ redrives: z.array(Redrive) }),
  "The last hundred, the newest first.",
);

const groups = [{ fingerprint: "answer/MODEL_UNAVAILABLE/gpt-5.2/a5eb5bc1b194", dead_letters: 41 }];
const redrive: z.output<typeof Redrive> = {
  id,
  status: "running",
  outcome: null,
  action: "redrive",
  filter: { kind: "stage", code: "MODEL_UNAVAILABLE" },
  rate_per_second: 20,
  canary: { count: 5, max_failed_percent: 20 },
  by: "kim",
  why: "provider is back",
  created_at: "2026-11-22T11:34:39.638Z",
  ended_at: null,
  progress: { taken: 25, running: 5, recovered: 20, failed_again: 0, discarded: 0 },
  remaining: 16,
};

export const redrives: Resource = {
  tag: "Ops: redrives",
  description:
    "Redrives of many dead letters at once, decided by an operator and run by the platform.",
  operations: [
    operation("post", "/api/v1/ops/redrives", {
      id: "decideRedrive",
      summary: "Redrive, discard or re-answer dead letters",
      access: "operator",
      body: jsonBody(Order, {
        "how many would it take": {
          filter: { code: "MODEL_UNAVAILABLE" },
          by: "kim",
          why: "provider is back",
          dry_run: true,
        },
        "five first, then 20 a second": {
          filter: { code: "MODEL_UNAVAILABLE" },
          canary: { count: 5, max_failed_percent: 20 },
          rate_per_second: 20,
          by: "kim",
          why: "provider is back",
        },
      }),
      answers: {
        200: json("What a dry run counted.", Counted, {
          counted: { dry_run: true, dead_letters: 41, groups },
        }),
        202: json("It has begun.", Begun, { begun: { id, dead_letters: 41, groups } }, [
          "Location",
        ]),
      },
      problems: badBody,
    }),
    operation("get", "/api/v1/ops/redrives", {
      id: "listRedrives",
      summary: "The last redrives",
      access: "operator",
      answers: { 200: json("The redrives.", Redrives, { "one runs": { redrives: [redrive] } }) },
    }),
    operation("get", "/api/v1/ops/redrives/:id", {
      id: "getRedrive",
      summary: "How far a redrive is",
      access: "operator",
      parameters: oneRedrive,
      answers: { 200: json("The redrive.", Redrive, { "it runs": redrive }) },
      problems: ["REDRIVE_NOT_FOUND"],
    }),
    operation("post", "/api/v1/ops/redrives/:id/abort", {
      id: "abortRedrive",
      summary: "Stop a redrive",
      description: "One that has ended stays as it is.",
      access: "operator",
      parameters: oneRedrive,
      body: jsonBody(AbortOrder, { "by kim": { by: "kim" } }),
      answers: {
        200: json("The redrive as it has ended.", Redrive, {
          "it was aborted": {
            ...redrive,
            status: "aborted",
            outcome: "Aborted by kim.",
            ended_at: "2026-11-22T11:35:02.101Z",
            remaining: null,
          },
        }),
      },
      problems: [...badBody, "REDRIVE_NOT_FOUND"],
    }),
  ],
};
