import type { ExtractSchema } from "hono/types";
import type { input } from "zod";
import type { app } from "../../src/api/app.ts";
import type { ProblemCode } from "../../src/api/problem.ts";
import type * as failures from "../../src/pipeline/failure-codes.ts";
import type * as frames from "../../src/pipeline/frames.ts";
import type { JobStatus } from "../../src/pipeline/job.ts";
import type { RegulationKey } from "../../src/pipeline/regulation.ts";
import type { Checkpoints, StageName } from "../../src/pipeline/stages/stage-table.ts";
import type { Major, SituationTag } from "../../src/pipeline/taxonomy.ts";
import type { ProfileChanges } from "../../src/users/profile.ts";
import type * as history from "../../src/users/history.ts";

type Routes = ExtractSchema<typeof app>;

/** The successful response of a route. */
type ResponseOf<
  Path extends keyof Routes,
  Method extends keyof Routes[Path],
> = Routes[Path][Method] extends { output: infer Output } ? Output : never;

/** Expands a type, so that the emitted declaration has no names from `src`. */
export type Plain<Type> = unknown extends Type
  ? unknown
  : Type extends string | number | boolean | null | undefined
    ? Type
    : Type extends readonly (infer Item)[]
      ? Plain<Item>[]
      : { [Key in keyof Type]: Plain<Type[Key]> };

/** Drops the alias that a string union has in `src`. */
type Nameless<Text extends string> = Uncapitalize<Capitalize<Text>>;
/** The same of codes, which are capitals. */
type NamelessCode<Code extends string> = Capitalize<Uncapitalize<Code>>;

type Result = ResponseOf<"/api/v1/scan/:id/result", "$get">;
type Snapshot = ResponseOf<"/api/v1/scan/:id", "$get">;
type Ended = Extract<Result, { task_id: string }>;
/** The results of the stages' `completed` frames. */
type Outputs = Required<Checkpoints>;
type Rule = NonNullable<Outputs["rule"]["rule"]>;

declare function plain<Type>(): Plain<Type>;

/** Every type of the client's `wire.ts`, which is generated from it. */
export const wire = {
  /** The stage of a frame. */
  Stage: plain<frames.Frame["stage"]>(),
  StageName: plain<StageName>(),
  JobStatus: plain<Nameless<JobStatus>>(),
  Major: plain<Major>(),
  SituationTag: plain<SituationTag>(),
  RegulationKey: plain<RegulationKey>(),
  /** A filter of the history. */
  HistoryCategory: plain<Exclude<history.HistoryPage["category"], undefined>>(),
  /** Why the API refuses a request. */
  ProblemCode: plain<NamelessCode<ProblemCode>>(),
  KnownFailureCode: plain<NamelessCode<failures.KnownFailureCode>>(),
  /** One of the known, or one of a later version of the server. */
  FailureCode: plain<NamelessCode<failures.KnownFailureCode> | (string & {})>(),
  /** Why a stage failed. */
  Failure: plain<NonNullable<Ended["error"]>>(),
  Classification: plain<Outputs["vision"]["classification"]>(),
  /** Where a document comes from, since when it applies, and when it was last compared with its text. */
  Source: plain<Rule["source"]>(),
  /** Where the rules of a municipality come from. */
  LocalSource: plain<NonNullable<Rule["local"]>["source"]>(),
  /** The part of a regulation that applies to an item. */
  Rule: plain<Rule>(),
  /** The region that was requested, and the one whose local rules apply. */
  AppliedRegion: plain<NonNullable<Outputs["rule"]["region"]>>(),
  Reward: plain<NonNullable<Ended["reward"]>>(),
  /** The outcome of one call of a model. */
  ModelCall: plain<Outputs["vision"]["calls"][number]>(),
  LoggedCall: plain<Ended["metadata"]["calls"][number]>(),
  Usage: plain<Ended["metadata"]["usage"]>(),
  /** An event of a scan. `seq` starts at 0 without gaps; times are ISO 8601. */
  EventFrame: plain<frames.EventFrame>(),
  /** Partial text of the answer; `offset` is in UTF-16 code units. */
  DeltaFrame: plain<frames.DeltaFrame>(),
  StageOutputs: plain<Outputs>(),
  /** Why a scan waits; `message` is for residents, in Korean. */
  Waiting: plain<NonNullable<Snapshot["waiting"]>>(),
  /** The result of a scan that has ended. */
  ResultBody: plain<Ended>(),
  /** The state of a scan that has not ended. */
  PendingBody: plain<Exclude<Result, Ended>>(),
  AcceptedBody: plain<ResponseOf<"/api/v1/scan", "$post">>(),
  Snapshot: plain<Snapshot>(),
  Category: plain<ResponseOf<"/api/v1/scan/categories", "$get">[number]>(),
  UploadAddress: plain<ResponseOf<"/api/v1/images/:channel", "$post">>(),
  Profile: plain<ResponseOf<"/api/v1/users/me", "$get">>(),
  ProfileChanges: plain<input<typeof ProfileChanges>>(),
  /** A character that a user has collected. */
  Collected: plain<ResponseOf<"/api/v1/users/me/characters", "$get">[number]>(),
  HistoryItem: plain<ResponseOf<"/api/v1/users/me/scans", "$get">["items"][number]>(),
  HistoryPage: plain<ResponseOf<"/api/v1/users/me/scans", "$get">>(),
  Stats: plain<ResponseOf<"/api/v1/users/me/stats", "$get">>(),
  PushState: plain<ResponseOf<"/api/v1/users/me/push", "$get">>(),
  PushSubscribed: plain<ResponseOf<"/api/v1/users/me/push", "$post">>(),
  Erasing: plain<ResponseOf<"/api/v1/users/me", "$delete">>(),
  Erasure: plain<ResponseOf<"/api/v1/users/me/erasures/:id", "$get">>(),
  /** A character that users can collect. */
  Character: plain<ResponseOf<"/api/v1/character/catalog", "$get">[number]>(),
  Models: plain<ResponseOf<"/api/v1/models", "$get">>(),
  Regulations: plain<ResponseOf<"/api/v1/regulations", "$get">>(),
  Regulation: plain<ResponseOf<"/api/v1/regulations/:key", "$get">>(),
  FoundItems: plain<ResponseOf<"/api/v1/regulations/search", "$get">>(),
};
