import { useRef, useState } from "hono/jsx/dom";
import { Masthead } from "./components/masthead.tsx";
import { type Draft, type Notice, ScanForm } from "./components/scan-form.tsx";
import { ScanPage } from "./components/scan-page.tsx";
import { clearJob, type Job, readJob, saveJob } from "./current-job.ts";
import { mount } from "./mount.ts";
import { releasePhoto } from "./prepare-photo.ts";

const emptyDraft: Draft = { words: "", photo: null };

/** The form, or the scan that it has submitted. */
function ResidentApp() {
  const [job, setJob] = useState<Job | null>(readJob);
  const [draft, setDraft] = useState<Draft>({ words: job?.words ?? "", photo: null });
  const [notice, setNotice] = useState<Notice | null>(null);
  const returned = useRef(false);

  function follow(accepted: Job, submitted: Draft) {
    saveJob(accepted);
    setDraft(submitted);
    setNotice(null);
    setJob(accepted);
  }

  function backToForm(next: Draft, reason: Notice | null = null) {
    clearJob();
    returned.current = true;
    if (next.photo !== draft.photo) releasePhoto(draft.photo);
    setDraft(next);
    setNotice(reason);
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
            onNew={() => backToForm(emptyDraft)}
            onNotFound={() =>
              backToForm(draft, { text: "보관 기간이 지난 분석이라 더는 볼 수 없어요." })
            }
            onNotRecognised={(text) => backToForm(draft, { text, needsWords: true })}
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

mount(<ResidentApp />);
