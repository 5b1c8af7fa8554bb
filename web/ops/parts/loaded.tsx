import type { Child } from "hono/jsx";
import type { Polled } from "../use-polled.ts";

interface Props<Data> {
  polled: Polled<Data>;
  /** The name of the data. */
  what: string;
  children: (data: Data) => Child;
}

/** Shows the data, that it is loading, or the error. */
export function Loaded<Data>({ polled: { data, error, again }, what, children }: Props<Data>) {
  return (
    <>
      <div role="alert">
        {error !== null && (
          <div class="notice bad">
            <p>{error}</p>
            <button type="button" onClick={again}>
              Try again
            </button>
          </div>
        )}
      </div>
      {data !== null && children(data)}
      {data === null && error === null && (
        <p class="loading" role="status">
          Loading {what} …
        </p>
      )}
    </>
  );
}
