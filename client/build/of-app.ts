import type { ExtractSchema } from "hono/types";
import type { input } from "zod";
import type { app } from "../../src/api/app.ts";
import type * as frames from "../../src/pipeline/frames.ts";
import type { JobStatus } from "../../src/pipeline/job.ts";
import type { RegulationKey } from "../../src/pipeline/regulation.ts";
import type { Checkpoints, StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Major, SituationTag } from "../../src/pipeline/taxonomy.ts";
import type { ProfileChanges } from "../../src/users/profile.ts";
import type * as history from "../../src/users/history.ts";

type Routes = ExtractSchema<typeof app>;

/** What a route answers when all is well. */
type Answer<
  Path extends keyof Routes,
  Method extends keyof Routes[Path],
> = Routes[Path][Method] extends { output: infer Output } ? Output : never;

/** A type written out; what is left of names from `src` is a row of the table below. */
export type Plain<Type> = unknown extends Type
  ? unknown
  : Type extends string | number | boolean | null | undefined
    ? Type
    : Type extends readonly (infer Item)[]
      ? Plain<Item>[]
      : { [Key in keyof Type]: Plain<Type[Key]> };

/** Texts without the name that they have in `src`. */
type Nameless<Text extends string> = Uncapitalize<Capitalize<Text>>;

type Result = Answer<"/api/v1/scan/:id/result", "$get">;
type Snapshot = Answer<"/api/v1/scan/:id", "$get">;
type Ended = Extract<Result, { task_id: string }>;
/** What the `completed` frames of the stages carry. */
type Outputs = Required<Checkpoints>;
type Rule = NonNullable<Outputs["rule"]["rule"]>;

declare function plain<Type>(): Plain<Type>;

/** All that the client says of the wire, by the names it says it with: `wire.ts` is written from it. */
export const wire = {
  /** What a frame speaks of. */
  Stage: plain<frames.Frame["stage"]>(),
  StageName: plain<StageName>(),
  JobStatus: plain<Nameless<JobStatus>>(),
  Major: plain<Major>(),
  SituationTag: plain<SituationTag>(),
  RegulationKey: plain<RegulationKey>(),
  /** What the history can be narrowed to. */
  HistoryCategory: plain<Exclude<history.HistoryPage["category"], undefined>>(),
  /** Why something failed. */
  Failure: plain<NonNullable<Ended["error"]>>(),
  Classification: plain<Outputs["vision"]["classification"]>(),
  /** Whose rules a document holds, and since when. */
  Source: plain<Rule["source"]>(),
  /** What applies to an item, out of its regulation. */
  Rule: plain<Rule>(),
  /** Whose local rules were asked for and applied. */
  AppliedRegion: plain<NonNullable<Outputs["rule"]["region"]>>(),
  Reward: plain<NonNullable<Ended["reward"]>>(),
  /** What a call of a model came to. */
  ModelCall: plain<Outputs["vision"]["calls"][number]>(),
  LoggedCall: plain<Ended["metadata"]["calls"][number]>(),
  Usage: plain<Ended["metadata"]["usage"]>(),
  /** One thing that happened to a scan, numbered from 0 without gaps. Times are ISO 8601. */
  EventFrame: plain<frames.EventFrame>(),
  /** Text that is being generated: it belongs at `offset`, in UTF-16 code units. */
  DeltaFrame: plain<frames.DeltaFrame>(),
  StageOutputs: plain<Outputs>(),
  /** Why a scan waits; `message` is for residents, in Korean. */
  Waiting: plain<NonNullable<Snapshot["waiting"]>>(),
  /** What a scan that has ended came to. */
  ResultBody: plain<Ended>(),
  /** How a scan stands that has not ended. */
  PendingBody: plain<Exclude<Result, Ended>>(),
  AcceptedBody: plain<Answer<"/api/v1/scan", "$post">>(),
  Snapshot: plain<Snapshot>(),
  Category: plain<Answer<"/api/v1/scan/categories", "$get">[number]>(),
  UploadAddress: plain<Answer<"/api/v1/images/:channel", "$post">>(),
  Profile: plain<Answer<"/api/v1/users/me", "$get">>(),
  ProfileChanges: plain<input<typeof ProfileChanges>>(),
  /** A character that a user has. */
  Collected: plain<Answer<"/api/v1/users/me/characters", "$get">[number]>(),
  HistoryItem: plain<Answer<"/api/v1/users/me/scans", "$get">["items"][number]>(),
  HistoryPage: plain<Answer<"/api/v1/users/me/scans", "$get">>(),
  Stats: plain<Answer<"/api/v1/users/me/stats", "$get">>(),
  Erasing: plain<Answer<"/api/v1/users/me", "$delete">>(),
  Erasure: plain<Answer<"/api/v1/users/me/erasures/:id", "$get">>(),
  /** A character that can be collected. */
  Character: plain<Answer<"/api/v1/character/catalog", "$get">[number]>(),
  Models: plain<Answer<"/api/v1/models", "$get">>(),
  Regulations: plain<Answer<"/api/v1/regulations", "$get">>(),
  Regulation: plain<Answer<"/api/v1/regulations/:key", "$get">>(),
  FoundItems: plain<Answer<"/api/v1/regulations/search", "$get">>(),
};
