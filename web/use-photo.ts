import { useLayoutEffect, useState } from "hono/jsx/dom";
import type { Photo } from "./prepare-photo.ts";
import { readPhoto } from "./saved-photos.ts";

/** The address of a scan's photo on this page; null where there is none. */
export function usePhoto(jobId: string, submitted: Photo | null): string | null {
  const [kept, setKept] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (submitted?.preview) return;
    let url: string | null = null;
    let left = false;
    async function show() {
      const photo = await readPhoto(jobId);
      if (!photo || left) return;
      url = URL.createObjectURL(photo);
      setKept(url);
    }
    void show();
    return () => {
      left = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [jobId, submitted?.preview ?? null]);
  return submitted?.preview ?? kept;
}
