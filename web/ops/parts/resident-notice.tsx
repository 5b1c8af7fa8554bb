import { useId } from "hono/jsx/dom";
import { Field } from "./field.tsx";

/** What operators may choose to show residents. A text of their own is possible, too. */
const presets = {
  pause: [
    "AI 모델을 점검하고 있어요.",
    "지금 찾는 분이 많아 차례대로 분석하고 있어요.",
    "배출 규정을 새로 바꾸고 있어요.",
  ],
  discard: [
    "사진을 열 수 없었어요. 다시 찍어서 맡겨 주세요.",
    "지금은 이 사진을 분석할 수 없어요. 글로 적어 맡겨 주세요.",
    "오류로 분석을 마치지 못했어요. 다시 맡겨 주세요.",
  ],
} as const;

/** The field for what residents are shown; it may stay empty. */
export function ResidentNotice({ of }: { of: keyof typeof presets }) {
  const list = useId();
  return (
    <>
      <Field
        label="For residents"
        hint="In Korean; empty for a general sentence."
        name="notice"
        maxlength={200}
        lang="ko"
        list={list}
        autocomplete="off"
      />
      <datalist id={list}>
        {presets[of].map((text) => (
          <option key={text} value={text} />
        ))}
      </datalist>
    </>
  );
}
