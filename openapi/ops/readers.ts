import { z } from "zod";
import { After, Order } from "../../src/api/ops/readers.ts";
import { projections as table } from "../../src/events/projections/projections.ts";
import { Letter } from "../../src/dead-letters/projection-dead-letters.ts";
import { ProjectionStatus } from "../../src/events/reset-projection.ts";
import { json, jsonBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inPath, inQuery } from "../parameters.ts";
import { jobId } from "../../src/api/scan-examples.ts";
import { badBody } from "./problems.ts";

const time = z.iso.datetime();

const ReaderOrder = sends("ReaderOrder", Order, "Who wants it, and why.");
const Reader = answers(
  "Reader",
  z.object({ ...ProjectionStatus.shape, updated_at: time.nullable() }),
  "Who reads the event log, and how far it is.",
  { head: "The log's last cursor.", lag: "How many events it has not read." },
);
const Readers = answers("Readers", z.object({ readers: z.array(Reader) }));
const Letters = answers(
  "ReaderLetters",
  z.object({ dead_letters: z.array(z.object({ ...Letter.shape, at: time })) }),
  "The first hundred events that it could not apply; one without a type is archived.",
);
const Retried = answers(
  "ReaderRetry",
  z.object({
    applied: z.int(),
    refused: z.int(),
    archived: z.int(),
    next: z.int().nullable().meta({ description: "The next `after`; null after the last." }),
  }),
  "What became of at most a hundred letters.",
);

const name = inPath("name", z.enum(table.map((it) => it.name)), "The reader.", "history");
const after = inQuery(After, { after: "Those behind this cursor." });
const order = jsonBody(ReaderOrder, { "by kim": { by: "kim", why: "a new column" } });
const level = {
  name: "history",
  cursor: 5,
  head: 5,
  lag: 0,
  dead_letters: 0,
  updated_at: "2026-11-22T11:34:42.456Z",
};

export const readers: Resource = {
  tag: "Ops: readers",
  description: "Who reads the event log.",
  operations: [
    operation("get", "/api/v1/ops/readers", {
      id: "listReaders",
      summary: "How far each reader is",
      access: "operator",
      answers: { 200: json("The readers.", Readers, { "one of them": { readers: [level] } }) },
    }),
    operation("post", "/api/v1/ops/readers/:name/rebuild", {
      id: "rebuildReader",
      summary: "Make a reader forget everything and read from the beginning",
      description: "What this call does not come to, the platform goes on with.",
      access: "operator",
      parameters: [name],
      body: order,
      answers: { 202: json("It has begun.", Reader, { "it is done": level }) },
      problems: [...badBody, "READER_NOT_FOUND", "LOG_ARCHIVED"],
    }),
    operation("get", "/api/v1/ops/readers/:name/dead-letters", {
      id: "listReaderLetters",
      summary: "What a reader could not apply",
      access: "operator",
      parameters: [name, ...after],
      answers: {
        200: json("The letters.", Letters, {
          "one letter": {
            dead_letters: [
              {
                cursor: 4,
                error: "data.model: invalid_type",
                at: "2026-11-22T11:34:29.050Z",
                job_id: jobId,
                seq: 3,
                type: "scan.completed",
              },
            ],
          },
        }),
      },
      problems: ["VALIDATION_ERROR", "READER_NOT_FOUND"],
    }),
    operation("post", "/api/v1/ops/readers/:name/dead-letters/retry", {
      id: "retryReaderLetters",
      summary: "Apply them once more",
      access: "operator",
      parameters: [name, ...after],
      body: order,
      answers: {
        200: json("What became of them.", Retried, {
          "one was applied": { applied: 1, refused: 0, archived: 0, next: null },
        }),
      },
      problems: [...badBody, "READER_NOT_FOUND"],
    }),
  ],
};
