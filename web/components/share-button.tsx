import { useState } from "hono/jsx/dom";

interface Props {
  item: string;
  destination: string;
}

/** Shares what the item is and where it goes; the scan itself stays the resident's own. */
export function ShareButton({ item, destination }: Props) {
  const [copied, setCopied] = useState(false);
  // Firefox on a desktop has no dialog, and an address without TLS neither that nor a clipboard.
  const canShare: boolean = "share" in navigator;
  const canCopy: boolean = "clipboard" in navigator;
  if (!canShare && !canCopy) return null;

  async function share() {
    const text = `${item} → ${destination}`;
    const url = `${location.origin}/`;
    try {
      if (canShare) await navigator.share({ title: "이코와 분리배출", text, url });
      else {
        await navigator.clipboard.writeText(`${text}\n${url}`);
        setCopied(true);
      }
    } catch (error) {
      // The resident has closed the dialog, or the browser allows neither.
      if (!(error instanceof DOMException)) throw error;
    }
  }

  return (
    <>
      <button type="button" class="quiet" onClick={() => void share()}>
        {copied ? "복사했어요" : "공유하기"}
      </button>
      <p class="unseen" role="status">
        {copied && "복사했어요"}
      </p>
    </>
  );
}
