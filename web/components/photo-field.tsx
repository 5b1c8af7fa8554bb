import { useState } from "hono/jsx/dom";
import { type Photo, preparePhoto, releasePhoto } from "../prepare-photo.ts";
import { CameraIcon, PictureIcon } from "./icons.tsx";
import { ProblemNotice } from "./problem-notice.tsx";
import { mayHaveCamera, Viewfinder } from "./viewfinder.tsx";

interface Props {
  photo: Photo | null;
  disabled: boolean;
  /** Called before and after a photo is read. */
  onReading: (reading: boolean) => void;
  onChange: (photo: Photo | null) => void;
  /** How many photos more are sent along. */
  more: number;
  /** Called with the photos behind the first one, when several were chosen at once. */
  onMore: (photos: Photo[]) => void;
}

/** How many photos can be chosen at once. */
const mostAtOnce = 10;

const sources = [
  { text: "사진 찍기", Icon: CameraIcon, capture: "environment", multiple: false },
  { text: "사진 고르기", Icon: PictureIcon, capture: undefined, multiple: true },
] as const;

const problems = {
  tooLarge: "사진이 너무 커요. 10 MB보다 작은 사진을 골라 주세요.",
  noPhoto: "사진 파일이 아니에요. 사진을 찍거나 골라 주세요.",
  tooMany: `한 번에 ${mostAtOnce}장까지 보낼 수 있어요. 앞의 ${mostAtOnce}장만 담았어요.`,
  noCamera: "카메라를 열지 못했어요. 한 번 더 누르면 사진을 고를 수 있어요.",
};

/** Some systems do not know the type of a HEIC photo. */
const isPhoto = ({ type }: File) => type === "" || type.startsWith("image/");

/** A photo, taken or chosen, with its preview; or several that are chosen at once. */
export function PhotoField({ photo, disabled, more, onReading, onChange, onMore }: Props) {
  const [problem, setProblem] = useState<keyof typeof problems | null>(null);
  const [camera, setCamera] = useState<"closed" | "open" | "none">(
    mayHaveCamera() ? "closed" : "none",
  );

  /** The field behind it asks for a file where there is no camera. */
  function openCamera(event: Event) {
    if (camera === "none") return;
    event.preventDefault();
    setCamera("open");
  }

  async function choose(event: Event) {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    await take([...(input.files ?? [])]);
    // Without this the same file could not be chosen again.
    input.value = "";
  }

  async function take(files: readonly File[]) {
    if (files.length === 0) return;
    onReading(true);
    const photos: Photo[] = [];
    let refused: keyof typeof problems | null = files.length > mostAtOnce ? "tooMany" : null;
    for (const file of files.slice(0, mostAtOnce)) {
      const next = isPhoto(file) ? await preparePhoto(file) : null;
      if (next) photos.push(next);
      else refused = isPhoto(file) ? "tooLarge" : "noPhoto";
    }
    onReading(false);
    setProblem(refused);
    const [first, ...others] = photos;
    if (!first) return;
    releasePhoto(photo);
    onChange(first);
    onMore(others);
  }

  function remove() {
    releasePhoto(photo);
    onChange(null);
    onMore([]);
  }

  return (
    <fieldset class="photo-field">
      <legend class="field-name">버릴 물건의 사진</legend>
      {photo ? (
        <div class="preview">
          {photo.preview ? (
            <img src={photo.preview} alt="보낼 사진 미리 보기" />
          ) : (
            <p class="no-preview">{photo.name}</p>
          )}
          {more > 0 && <p class="hint">외 {more}장. 한 장씩 차례로 알아볼게요.</p>}
          <div class="preview-actions">
            <label class="file quiet">
              <input
                class="unseen"
                type="file"
                accept="image/*"
                capture="environment"
                disabled={disabled}
                onClick={openCamera}
                onChange={(event) => void choose(event)}
              />
              다시 찍기
            </label>
            <button type="button" class="quiet" disabled={disabled} onClick={remove}>
              사진 지우기
            </button>
          </div>
        </div>
      ) : (
        <div class="photo-buttons">
          {sources.map(({ text, Icon, capture, multiple }) => (
            <label key={text} class={capture ? "file camera" : "file"}>
              <input
                class="unseen"
                type="file"
                accept="image/*"
                capture={capture}
                multiple={multiple}
                disabled={disabled}
                onClick={(event: Event) => {
                  if (capture) openCamera(event);
                }}
                onChange={(event) => void choose(event)}
              />
              <Icon />
              {text}
            </label>
          ))}
        </div>
      )}
      {camera === "open" && (
        <Viewfinder
          onClose={() => setCamera("closed")}
          onUnavailable={() => {
            setCamera("none");
            setProblem("noCamera");
          }}
          onPhoto={(file) => {
            setCamera("closed");
            void take([file]);
          }}
        />
      )}
      <div role="alert">
        {problem && <ProblemNotice tone="bad" words={problems[problem]} code={null} />}
      </div>
    </fieldset>
  );
}
