import type { z } from "zod";
import { Character } from "../../characters/character.ts";
import { DeadLetter, DeadLetterGroup } from "../../dead-letters/dead-letter-list.ts";
import { DeadLetterFilter } from "../../dead-letters/operated-redrives.ts";
import { changeData } from "../../events/contract/change-data.ts";
import { RedactedData } from "../../events/contract/event-types.ts";
import { DomainEvent } from "../../pipeline/domain-event.ts";
import { FailureCode } from "../../pipeline/failure-codes.ts";
import { DeltaFrame, EventFrame, Frame } from "../../pipeline/frames.ts";
import { Municipality } from "../../pipeline/municipality.ts";
import { Regulation, RegulationKey } from "../../pipeline/regulation.ts";
import { Failure, ResultBody } from "../../pipeline/result-body.ts";
import { Region, Rule } from "../../pipeline/item-rule.ts";
import { StageName } from "../../pipeline/stages/stage-table.ts";
import { Classification, Major, SituationTag } from "../../pipeline/taxonomy.ts";
import { Waiting } from "../../pipeline/waiting.ts";
import { describeMembers, nameSchemas } from "./json-schemas.ts";

const { metadata: ScanMetadata, pipeline_result } = ResultBody.shape;
const { not_accepted, checks, source: RegulationSource } = Regulation.shape;
const { source: MunicipalitySource } = Municipality.shape;

/** The data of each type of event. A failed scan has that of a completed one. */
const eventSchemas = new Map(
  Object.entries({
    "scan.requested": "ScanRequestedData",
    "scan.classified": "ScanClassifiedData",
    "scan.rules_retrieved": "ScanRulesRetrievedData",
    "scan.answered": "ScanAnsweredData",
    "scan.confirmed": "ScanConfirmedData",
    "scan.rewarded": "ScanRewardedData",
    "scan.completed": "ScanEndedData",
    "scan.parked": "ScanParkedData",
    "scan.tested": "ScanTestedData",
    "catalog.full_refresh": "CatalogFullRefreshData",
    "catalog.upsert": "CatalogUpsertData",
    "catalog.delete": "CatalogDeleteData",
    "token.revoked": "TokenRevokedData",
    "token.restored": "TokenRestoredData",
  }),
);

const dataOf = new Map<string, z.ZodType>([
  ...DomainEvent.options.map(({ shape }) => [shape.type.value, shape.data] as const),
  ...Object.entries(changeData),
]);

/** Names the schemas of the domain that answers consist of. The domain does not know the document. */
export function nameDomainSchemas(): void {
  nameSchemas({
    Character: [Character, "A character that can be collected."],
    DeadLetter: [
      DeadLetter,
      "A stage of a scan, a write or an event of a projection that did not go through, or a message that " +
        "could not be read.",
    ],
    DeadLetterGroup: [
      DeadLetterGroup,
      "Dead letters of one cause; the message is that of one of them.",
    ],
    DeadLetterFilter: [DeadLetterFilter, "Which dead letters; what is not given does not matter."],
    StageName: [StageName, "A stage of the pipeline, in order."],
    Major: [Major, "A major category of household waste."],
    SituationTag: [SituationTag, "What the photo or the words show of an item."],
    RegulationKey: [RegulationKey, "A regulation document."],
    Classification: [
      Classification,
      "Where an item belongs. Every major but 재활용폐기물 is its own middle category.",
    ],
    Rule: [Rule, "The part of a regulation that rules one item."],
    Region: [Region, "Whose rules were asked for, and whose were applied."],
    NotAccepted: [
      not_accepted.element,
      "What looks as if it belonged here, and where it goes instead.",
    ],
    Check: [checks.element, "What is still to be done when a situation tag is seen."],
    RegulationSource: [RegulationSource, "Where a regulation is from."],
    MunicipalitySource: [MunicipalitySource, "Where a municipality's rules are from."],
    ScanResult: [
      ResultBody,
      "The result of a scan. `pipeline_result` is null when it failed or was cancelled, and `reward` when " +
        "no character was given. `reward_pending` says that one may still be granted: the catalog was not " +
        "reached in time.",
    ],
    FailureCode: [
      FailureCode,
      "One of these, or one of a later version; `/failures/{code}` explains each. Treat one that is not known as INTERNAL.",
    ],
    Failure: [Failure, "Why it failed: a stable code and an English sentence."],
    Waiting: [Waiting, "Why a scan waits."],
    PipelineResult: [pipeline_result.unwrap(), "The output of the stages."],
    ScanMetadata: [ScanMetadata, "Models, costs, times and the regulation's version."],
    ...Object.fromEntries(
      [...dataOf].flatMap(([type, data]) => {
        const name = eventSchemas.get(type);
        return name ? [[name, [data, `What \`${type}\` says.`] as const]] : [];
      }),
    ),
    RedactedEventData: [RedactedData, "What stays of an event whose user was erased."],
    Frame: [Frame, "SSE `data:` and WebSocket text alike."],
    EventFrame: [
      EventFrame,
      "One event of a scan, numbered from 0 without gaps. `done` is the last one, sent once and only when " +
        "the result is readable, after a failure and a cancellation too: read `result.status`.",
    ],
    DeltaFrame: [
      DeltaFrame,
      "Text of the answer while it is generated. It has no `seq` and is not replayed; who connects late gets " +
        "the text so far in one frame.",
    ],
  });

  const seen = { first_seen_at: "Unix ms.", last_seen_at: "Unix ms." };
  describeMembers(DeadLetterGroup, seen);
  describeMembers(DeadLetter, {
    ...seen,
    source: "The stage, the queue or the projection.",
    fingerprint: "Dead letters of the same cause have the same one.",
    body: "The message as it arrived: of a write, and of one that could not be read.",
    cursor: "Where a projection's event is in the log.",
    next_redrive_at: "When it is redriven automatically, Unix ms; null: only by an operator.",
    redrive_id: "The operated redrive that took it last.",
  });
  describeMembers(Classification, { minor_category: "The item; null when it cannot be named." });
  describeMembers(Rule, {
    version: "The version of the regulations that it was read from.",
    group: "The sub-group whose steps these are; null when the common ones apply.",
    local: "What the resident's municipality adds.",
  });
  describeMembers(Region, {
    applied: "Null when the national rules alone apply.",
    note: "What the resident has to know of it, in Korean.",
  });
  describeMembers(Waiting, { message: "For residents, in Korean." });
  describeMembers(ScanMetadata, {
    model: "The model that was asked for.",
    fallbacks: "The models that answered in its place, and why.",
    calls: "Every model call, failed ones and reused answers too, oldest first.",
    stage_latencies_ms: "Milliseconds each finished stage took, retries and waits included.",
    regulation: "The document that the rule is from.",
    region: "Whose local rules were asked for and applied; null when none were asked for.",
  });
  describeMembers(EventFrame, {
    stage: "What the frame is about, and the name of the SSE event.",
    ts: "When it happened.",
    seq: "Its position: the SSE event's id, and the cursor to resume from.",
    result: "A stage's output, or on `done` the whole result body.",
  });
  describeMembers(DeltaFrame, {
    result: "The text belongs at `offset`, in UTF-16 code units, and replaces what was there.",
  });
}
