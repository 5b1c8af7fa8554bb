import { Character } from "../characters/character.tsx";
import { PageHeading } from "./page-heading.tsx";
import type { Notice } from "./scan-form.tsx";

/** What the form asks for: anything, or words where nothing was recognised. */
export function FormIntro({ notice }: { notice: Notice | null }) {
  return (
    <div class="intro">
      <Character name="이코" />
      <div>
        <PageHeading quiet={notice?.needsWords === true}>
          {notice?.needsWords ? "무엇인지 알아내지 못했어요" : "무엇을 버릴까요?"}
        </PageHeading>
        <p id="intro">
          {notice?.needsWords
            ? notice.text
            : "찍거나 적어 주면, 이코가 우리나라 규정에 맞는 배출 방법을 알려 드려요."}
        </p>
      </div>
    </div>
  );
}
