import { useState } from "hono/jsx/dom";
import { type Photo, preparePhoto, releasePhoto } from "../prepare-photo.ts";
import { CameraIcon, PictureIcon } from "./icons.tsx";
import { ProblemNotice } from "./problem-notice.tsx";

interface Props {
  photo: Photo | null;
  disabled: boolean;
  /** Called before and after a photo is read. */
  onReading: (reading: boolean) => void;
  onChange: (photo: Photo | null) => void;
}

const sources = [
  { text: "사진 찍기", Icon: CameraIcon, capture: "environment" },
  { text: "사진 고르기", Icon: PictureIcon, capture: undefined },
] as const;

const problems = {
  tooLarge: "사진이 너무 커요. 10 MB보다 작은 사진을 골라 주세요.",
  noPhoto: "사진 파일이 아니에요. 사진을 찍거나 골라 주세요.",
};

/** Some systems do not know the type of a HEIC photo. */
const isPhoto = ({ type }: File) => type === "" || type.startsWith("image/");

/** One photo, chosen or taken, with its preview. */
export function PhotoField({ photo, disabled, onReading, onChange }: Props) {
  const [problem, setProblem] = useState<keyof typeof problems | null>(null);

  async function choose(event: Event) {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    const file = input.files?.[0];
    if (!file) return;
    onReading(true);
    const next = isPhoto(file) ? await preparePhoto(file) : null;
    onReading(false);
    // Without this the same file could not be chosen again.
    input.value = "";
    setProblem(next ? null : isPhoto(file) ? "tooLarge" : "noPhoto");
    if (!next) return;
    releasePhoto(photo);
    onChange(next);
  }

  function remove() {
    releasePhoto(photo);
    onChange(null);
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
          <div class="preview-actions">
            <label class="file quiet">
              <input
                class="unseen"
                type="file"
                accept="image/*"
                capture="environment"
                disabled={disabled}
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
          {sources.map(({ text, Icon, capture }) => (
            <label key={text} class={capture ? "file camera" : "file"}>
              <input
                class="unseen"
                type="file"
                accept="image/*"
                capture={capture}
                disabled={disabled}
                onChange={(event) => void choose(event)}
              />
              <Icon />
              {text}
            </label>
          ))}
        </div>
      )}
      <div role="alert">
        {problem && <ProblemNotice tone="bad" words={problems[problem]} code={null} />}
      </div>
    </fieldset>
  );
}
