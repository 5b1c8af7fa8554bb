import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";

interface Props {
  onPhoto: (file: File) => void;
  onClose: () => void;
  /** There is no camera, or the resident or the system does not allow it. */
  onUnavailable: () => void;
}

/** Whether this browser may have a camera: over TLS, or on this machine. */
export const mayHaveCamera = (): boolean => "mediaDevices" in navigator;

/** What the camera at the back sees, and a button that takes it as a photo. */
export function Viewfinder({ onPhoto, onClose, onUnavailable }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const [ready, setReady] = useState(false);

  useLayoutEffect(() => {
    dialog.current?.showModal();
    let stream: MediaStream | null = null;
    let left = false;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    async function open() {
      try {
        stream = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: "environment", width: { ideal: 1920 } },
        });
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        if (!left) onUnavailable();
        return;
      }
      if (left) return stop();
      if (video.current) video.current.srcObject = stream;
    }
    void open();
    return () => {
      left = true;
      stop();
    };
  }, []);

  function shoot() {
    const { current: seen } = video;
    if (!seen) return;
    const canvas = document.createElement("canvas");
    canvas.width = seen.videoWidth;
    canvas.height = seen.videoHeight;
    canvas.getContext("2d")?.drawImage(seen, 0, 0);
    canvas.toBlob(
      (blob) => blob && onPhoto(new File([blob], "사진.jpg", { type: "image/jpeg" })),
      "image/jpeg",
    );
  }

  return (
    <dialog ref={dialog} class="viewfinder" aria-label="카메라" onClose={onClose}>
      <video
        ref={video}
        autoplay
        muted
        playsinline
        aria-label="카메라에 보이는 것"
        onPlaying={() => setReady(true)}
      />
      <div class="viewfinder-actions">
        <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
          닫기
        </button>
        <button type="button" class="primary" disabled={!ready} onClick={shoot}>
          찍기
        </button>
      </div>
    </dialog>
  );
}
