/** Why an action failed, announced to screen readers. */
export const FormError = ({ error }: { error: string | null }) => (
  <div role="alert">{error !== null && <p class="notice bad">{error}</p>}</div>
);
