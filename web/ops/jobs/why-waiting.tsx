import type { Job } from "../ops-client.ts";
import { Lasting, When } from "../parts/when.tsx";
import { serverNow } from "../server-clock.ts";
import { hrefOf } from "../href.ts";
import { formatDuration, plural } from "../format.ts";

type Waiting = NonNullable<Job["waiting"]>;

const reasonTexts: Record<Waiting["reason"], string> = {
  queued: "It waits for its turn",
  retry: "It waits to be tried again",
  provider: "It waits for a provider that can be called",
  paused: "Its stage is paused",
  parked: "Its attempts are used up",
};

/** Why a scan waits, and until when. */
export function WhyWaiting({ waiting }: { waiting: Waiting }) {
  const { reason, since, last_error, next_retry_at, next_redrive_at, paused, backlog } = waiting;
  return (
    <div class={reason === "parked" ? "notice bad" : "notice"}>
      <p>
        <strong>{reasonTexts[reason]}</strong> <Lasting since={since} />
        {next_retry_at !== null && (
          <>
            , next try <When at={next_retry_at} />
          </>
        )}
        {next_redrive_at !== null && (
          <>
            , redriven by itself{" "}
            {Date.parse(next_redrive_at) > serverNow() ? (
              <When at={next_redrive_at} />
            ) : (
              "by the next run of the automatic redrive"
            )}
          </>
        )}
        .
      </p>
      {last_error && (
        <p>
          {last_error.code}: {last_error.message}
        </p>
      )}
      {paused && (
        <p>
          The stage {waiting.stage} is paused: <a href={hrefOf("controls")}>Controls</a> say by whom
          and why.
        </p>
      )}
      {reason !== "parked" && backlog && backlog.messages > 0 && (
        <p>
          {plural(backlog.messages, "message")} in its queue
          {backlog.oldest_age_s !== null &&
            `, the oldest ${formatDuration(backlog.oldest_age_s)} old`}
          .
        </p>
      )}
    </div>
  );
}
