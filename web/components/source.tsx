import type { Rule } from "../../client/src/eco2-edge-client.ts";
import { koreanDate } from "../words/korean-time.ts";

interface Props {
  source: Pick<Rule["source"], "title" | "publisher" | "effective_date">;
  /** The meaning of the date. */
  dated: "시행" | "기준";
}

/** The source of rules and its date. No line begins with a dot. */
export const Source = ({ source: { title, publisher, effective_date }, dated }: Props) => (
  <p class="source">
    근거: {title}&nbsp;· {publisher}&nbsp;·{" "}
    <time datetime={effective_date}>{koreanDate(effective_date)}</time> {dated}
  </p>
);
