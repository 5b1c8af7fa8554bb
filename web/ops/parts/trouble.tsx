/** Why something that was asked for did not happen; told at once. */
export const Trouble = ({ error }: { error: string | null }) => (
  <div role="alert">{error !== null && <p class="notice bad">{error}</p>}</div>
);
