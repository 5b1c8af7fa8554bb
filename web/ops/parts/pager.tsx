interface Props<Cursor> {
  /** Of the page that is shown; null for the newest. */
  cursor: Cursor | null;
  /** Of the next older page; null when there is none. */
  next: Cursor | null;
  onChosen: (cursor: Cursor | null) => void;
}

/** The buttons of a list that is shown page by page. */
export const Pager = <Cursor,>({ cursor, next, onChosen }: Props<Cursor>) => (
  <p class="actions">
    {cursor !== null && (
      <button type="button" onClick={() => onChosen(null)}>
        Newest
      </button>
    )}
    {next !== null && (
      <button type="button" onClick={() => onChosen(next)}>
        Older
      </button>
    )}
  </p>
);
