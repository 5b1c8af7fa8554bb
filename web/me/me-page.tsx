import { PageHeading } from "../components/page-heading.tsx";
import { LoadProblem } from "../components/load-problem.tsx";
import { client } from "../resident-client.ts";
import { useLoaded } from "../use-loaded.ts";
import { EraseMe } from "./erase-me.tsx";
import { LoginInvitation } from "./login-invitation.tsx";
import { MonthNumbers } from "./month-numbers.tsx";
import { PushSetting } from "./push-setting.tsx";
import { ProfileForm } from "./profile-form.tsx";

/** The resident's profile, the numbers of the month, and the erasure of everything. */
export function MePage() {
  const { loaded, reload } = useLoaded((signal) => client.me({ signal }), []);
  return (
    <div class="me-page">
      <PageHeading>내 정보</PageHeading>
      {loaded.status !== "failed" && <MonthNumbers />}
      <LoginInvitation />
      {loaded.status === "failed" && <LoadProblem error={loaded.error} onAgain={reload} />}
      {loaded.status === "loading" && <p role="status">내 정보를 불러오고 있어요…</p>}
      {loaded.status === "loaded" && <ProfileForm profile={loaded.value} />}
      <PushSetting />
      <EraseMe />
    </div>
  );
}
