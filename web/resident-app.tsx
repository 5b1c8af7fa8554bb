import { useLayoutEffect, useState } from "hono/jsx/dom";
import { CollectionPage } from "./collection/collection-page.tsx";
import { Masthead } from "./components/masthead.tsx";
import { RunningScans } from "./components/running-scans.tsx";
import { type Draft, type Notice, ScanForm } from "./components/scan-form.tsx";
import { ScanPage } from "./components/scan-page.tsx";
import { HistoryPage } from "./history/history-page.tsx";
import { MePage } from "./me/me-page.tsx";
import { mount } from "./mount.ts";
import { isNotificationTarget } from "./offline/notification-target.ts";
import { readOutbox } from "./outbox.ts";
import { keptPhoto, releasePhoto } from "./prepare-photo.ts";
import { navigate, scanPath, useRoute } from "./route.ts";
import { keepPhotos, readPhoto, savePhoto } from "./saved-photos.ts";
import { useOutbox } from "./use-outbox.ts";
import { problemMessage } from "../client/src/ko.ts";
import { readScans, removeScan, type SavedScan, savedScan, saveScan } from "./saved-scans.ts";

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
  const [draft, setDraft] = useState<Draft>(emptyDraft);
  /** Counts the forms: another one starts with the draft as it is now. */
  const [form, setForm] = useState(0);
  const [notice, setNotice] = useState<Notice | null>(null);
  /** The scan that the draft was submitted as. */
  const [submittedId, setSubmittedId] = useState<string | null>(null);

  const outbox = useOutbox((error) =>
    backToForm(draft, { text: `기다리던 분석을 보내지 못했어요. ${problemMessage(error).words}` }),
  );

  function putAside(text: string) {
    setDraft(emptyDraft);
    setForm(form + 1);
    setNotice({ text });
    // The strip is above the form.
    scrollTo({ top: 0 });
    outbox.send();
  }

  useLayoutEffect(() => {
    document.title = `${titles[route.page]} · Eco² Edge`;
  }, [route.page]);

  function follow(accepted: SavedScan, submitted: Draft) {
    saveScan(accepted);
    void keepPhotos([
      ...readScans().map(({ jobId }) => jobId),
      ...readOutbox().map(({ id }) => id),
    ]);
    if (submitted.photo) void savePhoto(accepted.jobId, submitted.photo.blob);
    setDraft(submitted);
    setSubmittedId(accepted.jobId);
    setNotice(null);
    navigate(scanPath(accepted.jobId));
  }

  function backToForm(next: Draft, reason: Notice | null = null) {
    if (next.photo !== draft.photo) releasePhoto(draft.photo);
    setDraft(next);
    setNotice(reason);
    setSubmittedId(null);
    setForm(form + 1);
    navigate("/", { replace: reason !== null });
  }

  /** Its photo comes along, from this browser's cache after a reload. */
  async function toOtherItem(jobId: string, submitted: Draft, next: Omit<Draft, "photo">) {
    const photo = submitted.photo ?? keptPhoto(await readPhoto(jobId));
    backToForm({ ...next, photo });
  }

  function scanPage(jobId: string) {
    const scan = savedScan(jobId) ?? { jobId, words: "", ended: false };
    const submitted = jobId === submittedId ? draft : { words: scan.words, photo: null };
    return (
      <ScanPage
        key={jobId}
        job={scan}
        photo={submitted.photo}
        onAgain={() => backToForm(submitted)}
        onOtherItem={(words, otherItems) =>
          void toOtherItem(jobId, submitted, { words, otherItems })
        }
        onNew={() => backToForm(emptyDraft)}
        onNotFound={() => {
          removeScan(jobId);
          backToForm(submitted, { text: "보관 기간이 지난 분석이라 더는 볼 수 없어요." });
        }}
        onNotRecognised={(text) => backToForm(submitted, { text, needsWords: true })}
      />
    );
  }

  return (
    <>
      <Masthead page={route.page} />
      <main>
        {route.page === "scan" && scanPage(route.jobId)}
        {route.page === "home" && (
          <>
            <RunningScans unsent={outbox.unsent} />
            <ScanForm
              key={form}
              draft={draft}
              notice={notice}
              onDraft={setDraft}
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
        {route.page === "me" && <MePage />}
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

// Only over TLS, or on this machine.
if ("serviceWorker" in navigator) {
  void navigator.serviceWorker.register("/service-worker.js");
  navigator.serviceWorker.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (isNotificationTarget(data) && data.target !== location.pathname) navigate(data.target);
  });
}
