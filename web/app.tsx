import { useRef, useState } from "hono/jsx/dom";
import { Masthead } from "./components/masthead.tsx";
import { ScanForm } from "./components/scan-form.tsx";
import { ScanPage } from "./components/scan-page.tsx";
import { forgetJob, type Job, keepJob, recallJob } from "./current-job.ts";
import { type Photo, release } from "./photo.ts";

/** What is being asked; kept while its scan runs, so that it can be asked again. */
export interface Draft {
  words: string;
  photo: Photo | null;
}

const nothing: Draft = { words: "", photo: null };

/** The form, or the scan it led to. */
export function App() {
  const [job, setJob] = useState<Job | null>(recallJob);
  const [draft, setDraft] = useState<Draft>({ words: job?.words ?? "", photo: null });
  const [notice, setNotice] = useState<string | null>(null);
  const returned = useRef(false);

  function follow(accepted: Job, asked: Draft) {
    keepJob(accepted);
    setDraft(asked);
    setNotice(null);
    setJob(accepted);
  }

  function backToForm(next: Draft, why: string | null = null) {
    forgetJob();
    returned.current = true;
    if (next.photo !== draft.photo) release(draft.photo);
    setDraft(next);
    setNotice(why);
    setJob(null);
  }

  return (
    <>
      <Masthead />
      <main>
        {job ? (
          <ScanPage
            job={job}
            photo={draft.photo}
            onAgain={() => backToForm(draft)}
            onNew={() => backToForm(nothing)}
            onGone={() => backToForm(draft, "보관 기간이 지난 분석이라 더는 볼 수 없어요.")}
          />
        ) : (
          <ScanForm
            draft={draft}
            returned={returned.current ?? false}
            notice={notice}
            onAccepted={follow}
          />
        )}
      </main>
      <footer class="colophon">
        <p>
          안내는 환경부 지침을 바탕으로 해요. 지역마다 다를 수 있으니 동네 기준도 확인해 주세요.
        </p>
      </footer>
    </>
  );
}
