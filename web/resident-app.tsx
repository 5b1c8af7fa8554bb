import { useLayoutEffect, useState } from "hono/jsx/dom";
import { CollectionPage } from "./collection/collection-page.tsx";
import { Masthead } from "./components/masthead.tsx";
import { RunningScans } from "./components/running-scans.tsx";
import { type Draft, type Notice, ScanForm } from "./components/scan-form.tsx";
import { ScanPage } from "./components/scan-page.tsx";
import { HistoryPage } from "./history/history-page.tsx";
import { keepFocus } from "./keep-focus.ts";
import { MePage } from "./me/me-page.tsx";
import { mount } from "./mount.ts";
import { isNotificationTarget } from "./offline/notification-target.ts";
import { readOutbox, unsentName } from "./outbox.ts";
import { keptPhoto, releasePhoto } from "./prepare-photo.ts";
import { navigate, scanPath, useRoute } from "./route.ts";
import { keepPhotos, readPhoto, savePhoto } from "./saved-photos.ts";
import { useOutbox } from "./use-outbox.ts";
import { problemMessage } from "../client/src/ko.ts";
import { readDraftWords, saveDraftWords } from "./saved-draft.ts";
import {
  readScans,
  removeScan,
  type SavedScan,
  savedScan,
  saveScan,
  whenCleared,
} from "./saved-scans.ts";

interface Submitted extends Draft {
  jobId: string;
}

const emptyDraft: Draft = { words: "", photo: null };

const titles = {
  home: "무엇을 버릴까요?",
  scan: "배출 방법",
  history: "내 기록",
  collection: "도감",
  me: "내 정보",
};

/** The page of the address. A draft stays while the resident looks at other pages. */
function ResidentApp() {
  const route = useRoute();
  const [draft, setDraft] = useState<Draft>(() => ({ ...emptyDraft, words: readDraftWords() }));
  /** Counts the forms: another one starts with the draft as it is now. */
  const [form, setForm] = useState(0);
  const [notice, setNotice] = useState<Notice | null>(null);
  /** What was submitted last, and as which scan, while the draft still has its photo. */
  const [submitted, setSubmitted] = useState<Submitted | null>(null);

  // What the resident does meanwhile stays as it is.
  const outbox = useOutbox(({ scan, error }) =>
    setNotice({
      text: `기다리던 분석(${unsentName(scan)})을 보내지 못했어요. ${problemMessage(error).words}`,
    }),
  );

  function putAside(text: string) {
    setDraft(emptyDraft);
    setForm(form + 1);
    setNotice({ text, untilSent: true });
    // The strip is above the form.
    scrollTo({ top: 0 });
    outbox.send();
  }

  useLayoutEffect(() => {
    document.title = `${titles[route.page]} · Eco² Edge`;
  }, [route.page]);

  function keepDraft(next: Draft) {
    setDraft(next);
    setSubmitted((before) => (before?.photo === next.photo ? before : null));
  }

  /** Who goes from a scan to the form by its tab has another item: what this scan was submitted with is done. */
  function startAnew() {
    const isSubmitted =
      route.page === "scan" &&
      route.jobId === submitted?.jobId &&
      draft.photo === submitted.photo &&
      draft.words.trim() === submitted.words;
    if (isSubmitted) forgetDraft();
  }

  /** What was put aside is forgotten already. */
  function forgetAll() {
    forgetDraft();
    outbox.send();
  }

  // The scan that is shown, and what is written, are of before.
  useLayoutEffect(() =>
    whenCleared(() => {
      forgetAll();
      backToForm(emptyDraft, { text: "다른 창에서 기록을 모두 지웠어요." });
    }),
  );

  function forgetDraft() {
    saveDraftWords("");
    releasePhoto(draft.photo);
    setDraft(emptyDraft);
    setSubmitted(null);
  }

  function follow(accepted: SavedScan, next: Draft) {
    saveScan(accepted);
    saveDraftWords("");
    void keepPhotos([
      ...readScans().map(({ jobId }) => jobId),
      ...readOutbox().map(({ id }) => id),
    ]);
    if (next.photo) void savePhoto(accepted.jobId, next.photo.blob);
    setDraft(next);
    setSubmitted({ ...next, jobId: accepted.jobId });
    setNotice(null);
    navigate(scanPath(accepted.jobId));
  }

  function backToForm(next: Draft, reason: Notice | null = null) {
    if (next.photo !== draft.photo) releasePhoto(draft.photo);
    setDraft(next);
    setNotice(reason);
    setSubmitted(null);
    setForm(form + 1);
    navigate("/", { replace: reason !== null });
  }

  /** The scan's photo comes along, from this browser's cache after a reload. */
  async function fromScan(
    jobId: string,
    photo: Draft["photo"],
    next: Omit<Draft, "photo">,
    reason: Notice | null = null,
  ) {
    backToForm({ ...next, photo: photo ?? keptPhoto(await readPhoto(jobId)) }, reason);
  }

  function scanPage(jobId: string) {
    const scan = savedScan(jobId) ?? { jobId, words: "", ended: false };
    const { words } = scan;
    const photo = jobId === submitted?.jobId ? submitted.photo : null;
    return (
      <ScanPage
        key={jobId}
        job={scan}
        photo={photo}
        onAgain={() => void fromScan(jobId, photo, { words })}
        onOtherItem={(item, otherItems) => void fromScan(jobId, photo, { words: item, otherItems })}
        onNew={() => backToForm(emptyDraft)}
        onNotFound={() => {
          removeScan(jobId);
          backToForm({ words, photo }, { text: "보관 기간이 지난 분석이라 더는 볼 수 없어요." });
        }}
        onNotRecognised={(text) =>
          void fromScan(jobId, photo, { words }, { text, needsWords: true })
        }
      />
    );
  }

  return (
    <>
      <Masthead page={route.page} onHome={startAnew} />
      <main>
        {route.page === "scan" && scanPage(route.jobId)}
        {route.page === "home" && (
          <>
            <RunningScans unsent={outbox.unsent} late={outbox.late} />
            <ScanForm
              key={form}
              draft={draft}
              notice={notice?.untilSent && outbox.unsent.length === 0 ? null : notice}
              onDraft={keepDraft}
              onAccepted={follow}
              onPutAside={() => putAside("지금은 인터넷이 없어요. 연결되면 바로 보낼게요.")}
              onSeveral={(photos) =>
                putAside(`사진 ${photos}장을 하나씩 알아보고 있어요. 위에서 골라 보세요.`)
              }
            />
          </>
        )}
        {route.page === "history" && (
          <HistoryPage onAgain={(words) => backToForm({ words, photo: null })} />
        )}
        {route.page === "collection" && <CollectionPage />}
        {route.page === "me" && <MePage onErasing={forgetAll} />}
      </main>
      <footer class="colophon">
        <p>
          안내는 환경부 지침을 바탕으로 해요. 지역마다 다를 수 있으니 동네 기준도 확인해 주세요.
        </p>
      </footer>
    </>
  );
}

keepFocus();
mount(<ResidentApp />);

// Only over TLS, or on this machine.
if ("serviceWorker" in navigator) {
  void navigator.serviceWorker.register("/service-worker.js");
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isNotificationTarget(data) && data.target !== location.pathname) navigate(data.target);
  });
}
