import { hrefWith } from "../href.ts";

interface Props {
  /** The address of the newest page. */
  newest: string;
  /** Of the page that is shown; null for the newest. */
  cursor: string | null;
  /** Of the next older page; null when there is none. */
  next: string | null;
}

/** The links of a list that is shown page by page. Each page has an address, so that Back returns to it. */
export const Pager = ({ newest, cursor, next }: Props) => (
  <p class="actions">
    {cursor !== null && (
      <a class="button" href={newest}>
        Newest
      </a>
    )}
    {next !== null && (
      <a class="button" href={hrefWith(newest, "cursor", next)}>
        Older
      </a>
    )}
  </p>
);
