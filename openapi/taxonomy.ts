import { Municipality } from "../src/pipeline/municipality.ts";
import { Regulation, RegulationKey } from "../src/pipeline/regulation.ts";
import { Region, Rule } from "../src/pipeline/rule.ts";
import { StageName } from "../src/pipeline/stages/stage-table.ts";
import { Classification, Major, SituationTag } from "../src/pipeline/taxonomy.ts";
import { answers } from "./components.ts";

/** Names what many answers are made of, so that the document says it once. */
export function nameTaxonomy(): void {
  answers("StageName", StageName, "A stage of the pipeline, in order.");
  answers("Major", Major, "A major category of household waste.");
  answers("SituationTag", SituationTag, "What can be seen of an item, or was said.");
  answers("RegulationKey", RegulationKey, "A regulation document.");
  answers(
    "Classification",
    Classification,
    "Where an item belongs. Every major but 재활용폐기물 is its own middle category.",
    { minor_category: "The item; null when it cannot be named." },
  );
  answers("Rule", Rule, "The part of a regulation that rules one item.", {
    version: "The version of the regulations that it was read from.",
    group: "The sub-group whose steps these are; null when the common ones apply.",
    local: "What the resident's municipality adds.",
  });
  answers("Region", Region, "Whose rules were asked for, and whose were applied.", {
    applied: "Null when the national rules alone apply.",
    note: "What the resident has to know of it, in Korean.",
  });
  answers(
    "NotAccepted",
    Regulation.shape.not_accepted.element,
    "What looks as if it belonged here, and where it goes instead.",
  );
  answers(
    "Check",
    Regulation.shape.checks.element,
    "What is still to be done when a situation tag is seen.",
  );
  answers("RegulationSource", Regulation.shape.source, "Where a regulation is from.");
  answers(
    "MunicipalitySource",
    Municipality.shape.source,
    "Where a municipality's rules are from.",
  );
}
