import { useState } from "hono/jsx/dom";
import { PageHeading } from "../components/page-heading.tsx";
import { LoadProblem } from "../components/load-problem.tsx";
import { client } from "../resident-client.ts";
import { useLoaded } from "../use-loaded.ts";
import { EraseMe } from "./erase-me.tsx";
import { LoginInvitation } from "./login-invitation.tsx";
import { MonthNumbers } from "./month-numbers.tsx";
import { PushSetting } from "./push-setting.tsx";
import { ProfileForm } from "./profile-form.tsx";

interface Props {
  /** Called when the server and this browser have begun to erase. */
  onErasing: () => void;
}

/** The resident's profile, the numbers of the month, and the erasure of everything. */
export function MePage({ onErasing }: Props) {
  const [erasing, setErasing] = useState(false);
  const { loaded, reload } = useLoaded((signal) => client.me({ signal }), []);
  return (
    <div class="me-page">
      <PageHeading>내 정보</PageHeading>
      {!erasing && (
        <>
          {loaded.status !== "failed" && <MonthNumbers />}
          <LoginInvitation />
          {loaded.status === "failed" && <LoadProblem error={loaded.error} onAgain={reload} />}
          {loaded.status === "loading" && <p role="status">내 정보를 불러오고 있어요…</p>}
          {loaded.status === "loaded" && <ProfileForm profile={loaded.value} />}
          <PushSetting />
        </>
      )}
      <EraseMe
        onErasing={() => {
          setErasing(true);
          onErasing();
        }}
      />
    </div>
  );
}
