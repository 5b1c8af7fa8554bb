import { useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/index.ts";
import { client } from "../client.ts";

interface Props {
  jobId: string;
  onGone: () => void;
}

/** Asks the server to stop; the stream then says that it did. */
export function CancelButton({ jobId, onGone }: Props) {
  const [asked, setAsked] = useState<"no" | "yes" | "failed">("no");

  async function cancel() {
    setAsked("yes");
    try {
      await client.cancel(jobId, { attempts: 1 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) onGone();
      else setAsked("failed");
    }
  }

  return (
    <div class="cancel">
      <button type="button" class="quiet" disabled={asked === "yes"} onClick={() => void cancel()}>
        {asked === "yes" ? "취소하고 있어요…" : "취소"}
      </button>
      <p class="hint" role="status">
        {asked === "failed" && "취소하지 못했어요. 다시 눌러 주세요."}
      </p>
    </div>
  );
}
