import { expect, expectTypeOf, it } from "vitest";
import type { wire } from "../../client/build/wire-of-app.ts";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";
import * as client from "../../client/src/wire.ts";

/** The generated types under their names. */
interface Generated {
  Stage: client.Stage;
  StageName: client.StageName;
  JobStatus: client.JobStatus;
  Major: client.Major;
  SituationTag: client.SituationTag;
  RegulationKey: client.RegulationKey;
  HistoryCategory: client.HistoryCategory;
  ProblemCode: client.ProblemCode;
  KnownFailureCode: client.KnownFailureCode;
  FailureCode: client.FailureCode;
  Failure: client.Failure;
  Classification: client.Classification;
  Source: client.Source;
  LocalSource: client.LocalSource;
  Rule: client.Rule;
  AppliedRegion: client.AppliedRegion;
  Reward: client.Reward;
  ModelCall: client.ModelCall;
  LoggedCall: client.LoggedCall;
  Usage: client.Usage;
  EventFrame: client.EventFrame;
  DeltaFrame: client.DeltaFrame;
  StageOutputs: client.StageOutputs;
  Waiting: client.Waiting;
  ResultBody: client.ResultBody;
  PendingBody: client.PendingBody;
  AcceptedBody: client.AcceptedBody;
  Snapshot: client.Snapshot;
  Category: client.Category;
  UploadAddress: client.UploadAddress;
  Profile: client.Profile;
  ProfileChanges: client.ProfileChanges;
  Collected: client.Collected;
  HistoryItem: client.HistoryItem;
  HistoryPage: client.HistoryPage;
  Stats: client.Stats;
  PushState: client.PushState;
  PushSubscribed: client.PushSubscribed;
  Erasing: client.Erasing;
  Erasure: client.Erasure;
  Character: client.Character;
  Models: client.Models;
  Regulations: client.Regulations;
  Regulation: client.Regulation;
  FoundItems: client.FoundItems;
}

// Checked by the compiler. `npm run client:types` generates the types again.
it("wire.ts has the types that the compiler infers for the app", () => {
  expectTypeOf<Generated>().toEqualTypeOf<typeof wire>();
  expect.assertions(0);
});

it("wire.ts has the stages in the order of the stage table", () => {
  expect(client.stageNames).toEqual(stageNames);
});
