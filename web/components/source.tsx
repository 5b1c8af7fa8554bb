import type { Rule } from "../../client/src/eco2-edge-client.ts";
import { koreanDate } from "../words/korean-time.ts";

interface Props {
  source: Rule["source"] | NonNullable<Rule["local"]>["source"];
  /** The meaning of the date. */
  dated: "시행" | "기준";
}

/** The source of rules, its number and its date. No line begins with a dot. */
export function Source({ source, dated }: Props) {
  const { title, publisher, url, number, effective_date, checked_on } = source;
  const date = effective_date ?? checked_on;
  return (
    <p class="source">
      근거:{" "}
      {url ? (
        <a href={url} target="_blank" rel="noreferrer">
          {title}
          <span class="unseen"> 새 창에서 열기</span>
        </a>
      ) : (
        title
      )}
      &nbsp;· {number ?? publisher}
      {date && (
        <>
          &nbsp;· <time datetime={date}>{koreanDate(date)}</time> {effective_date ? dated : "확인"}
        </>
      )}
    </p>
  );
}
