import { useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { client } from "../resident-client.ts";

interface Props {
  jobId: string;
  onNotFound: () => void;
}

/** Asks the server to cancel the scan; the stream then ends with that event. */
export function CancelButton({ jobId, onNotFound }: Props) {
  const [request, setRequest] = useState<"none" | "sent" | "failed">("none");

  async function cancel() {
    setRequest("sent");
    try {
      await client.cancel(jobId, { attempts: 1 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 404) onNotFound();
      else setRequest("failed");
    }
  }

  return (
    <div class="cancel">
      <button
        type="button"
        class="quiet"
        disabled={request === "sent"}
        onClick={() => void cancel()}
      >
        {request === "sent" ? "취소하고 있어요…" : "취소"}
      </button>
      <p class="hint" role="status">
        {request === "failed" && "취소하지 못했어요. 다시 눌러 주세요."}
      </p>
    </div>
  );
}
