import { useState } from "hono/jsx/dom";
import { cancelScan } from "../client/cancel-scan.ts";
import { userId } from "../user-id.ts";

interface Props {
  jobId: string;
  onGone: () => void;
}

/** Asks the server to stop; the stream then says that it did. */
export function CancelButton({ jobId, onGone }: Props) {
  const [asked, setAsked] = useState<"no" | "yes" | "failed">("no");

  async function cancel() {
    setAsked("yes");
    const outcome = await cancelScan(jobId, userId);
    if (outcome === "gone") onGone();
    else if (outcome === "unreachable") setAsked("failed");
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
