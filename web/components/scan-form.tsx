import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { randomId } from "../../client/src/random-id.ts";
import { type Photo, releasePhoto } from "../prepare-photo.ts";
import type { SavedScan } from "../saved-scans.ts";
import { saveDraftWords } from "../saved-draft.ts";
import { readRegion, saveRegion } from "../saved-region.ts";
import { type Problem, putPhotosAside, sendScan } from "../send-scan.ts";
import { Examples } from "./examples.tsx";
import { FormIntro } from "./form-intro.tsx";
import { PhotoField } from "./photo-field.tsx";
import { TypedAnswers } from "./typed-answers.tsx";
import { RegionField } from "./region-field.tsx";
import { ProblemNotice } from "./problem-notice.tsx";

/** What the resident submits; it stays in memory while the scan runs, for another attempt. */
export interface Draft {
  words: string;
  photo: Photo | null;
  /** Items that are left when this one was one of several. */
  otherItems?: readonly string[] | undefined;
}

/** Why the resident returns to the form. */
export interface Notice {
  text: string;
  /** Whether nothing was recognised, so that words would help. */
  needsWords?: boolean;
  /** Whether it is true only while something waits to be sent. */
  untilSent?: boolean;
}

interface Props {
  draft: Draft;
  notice: Notice | null;
  /** Called with what is written and taken so far, when the photo changes and when the resident leaves the form. */
  onDraft: (draft: Draft) => void;
  onAccepted: (scan: SavedScan, submitted: Draft) => void;
  /** Called with what was put aside, because there is no network. */
  onPutAside: () => void;
  /** Called with how many photos were put aside to be sent one after another. */
  onSeveral: (photos: number) => void;
}

/** The server's limit, characters. */
const maxWords = 1000;
const count = (characters: number) => characters.toLocaleString("ko-KR");

/** The form that submits a scan. */
export function ScanForm({ draft, notice, onDraft, onAccepted, onPutAside, onSeveral }: Props) {
  const [words, setWords] = useState(draft.words);
  const [photo, setPhoto] = useState<Photo | null>(draft.photo);
  /** Photos that are sent after the first one, each as a scan of its own. */
  const [more, setMore] = useState<Photo[]>([]);
  const [region, setRegion] = useState(readRegion);
  const [reading, setReading] = useState(false);
  const [sending, setSending] = useState<{ attempt: number } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const textArea = useRef<HTMLTextAreaElement>(null);
  const alert = useRef<HTMLDivElement>(null);
  const idempotencyKey = useRef(randomId());
  const empty = words.trim() === "" && !photo;
  const length = words.trim().length;
  const tooLong = length > maxWords;
  const busy = reading || sending !== null;
  const optional = photo ? "무엇인지 함께 적으면 더 정확해요" : "또는 글로 적어 주세요";
  const wordsLabel = notice?.needsWords ? "무엇인지 적어 주세요" : optional;

  useLayoutEffect(() => {
    if (notice?.needsWords) textArea.current?.focus();
  }, []);

  // The button that sends is in reach where this is not.
  useLayoutEffect(() => {
    if (problem) alert.current?.scrollIntoView({ block: "nearest" });
  }, [problem]);

  const latest = useRef<Draft>(draft);
  const isSameThing = photo ? photo === draft.photo : words.includes(draft.words);
  const otherItems = isSameThing ? draft.otherItems : undefined;
  latest.current = { words, photo, otherItems };
  useLayoutEffect(() => () => onDraft(latest.current ?? draft), []);

  useLayoutEffect(() => saveDraftWords(words), [words]);

  // Uncontrolled: a write during the composition of Hangul would break the syllable.
  useLayoutEffect(() => {
    if (textArea.current) textArea.current.value = draft.words;
  }, []);

  function changed() {
    idempotencyKey.current = randomId();
    setProblem(null);
  }

  function write(text: string) {
    if (textArea.current) textArea.current.value = text;
    setWords(text);
    changed();
  }

  async function submit(event: Event) {
    event.preventDefault();
    if (empty || tooLong || busy) return;
    setProblem(null);
    setSending({ attempt: 1 });
    const submitted = { words: words.trim(), photo, otherItems };
    if (photo && more.length > 0) return sendLater(submitted.words, [photo, ...more]);
    const id = idempotencyKey.current ?? randomId();
    const sent = await sendScan({ ...submitted, id, region }, (attempt) => setSending({ attempt }));
    if (sent === "put aside") return onPutAside();
    if ("jobId" in sent) {
      const { jobId, streamUrl } = sent;
      const { photo: _, ...kept } = submitted;
      return onAccepted({ jobId, streamUrl, ended: false, ...kept }, submitted);
    }
    setSending(null);
    setProblem(sent);
  }

  /** Those that the browser cannot keep stay in the form. */
  async function sendLater(words: string, photos: readonly Photo[]) {
    const [first = null, ...others] = await putPhotosAside(photos, words, region);
    setPhoto(first);
    if (first) {
      setMore(others);
      setSending(null);
      return setProblem({
        words: "여러 장을 담아 둘 수 없어요. 한 장씩 보내 주세요.",
        code: null,
      });
    }
    for (const each of photos) releasePhoto(each);
    onSeveral(photos.length);
  }

  return (
    <div class="form-page">
      <FormIntro notice={notice} />
      <form
        class="card"
        onSubmit={(event) => void submit(event)}
        onKeyDown={(event: KeyboardEvent) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit(event);
        }}
      >
        {notice && !notice.needsWords && (
          <p class="notice" role="status">
            {notice.text}
          </p>
        )}
        <PhotoField
          photo={photo}
          more={more.length}
          onMore={setMore}
          disabled={busy}
          onReading={setReading}
          onChange={(next) => {
            setPhoto(next);
            // The preview of the one before is gone.
            onDraft({ words, photo: next });
            changed();
          }}
        />
        <label class="field-name" for="words">
          {wordsLabel}
        </label>
        <textarea
          id="words"
          ref={textArea}
          rows={2}
          placeholder="예: 라벨 붙은 투명 페트병"
          aria-invalid={tooLong ? "true" : undefined}
          aria-describedby={tooLong ? "too-long" : notice?.needsWords ? "intro" : undefined}
          readonly={sending !== null}
          onInput={() => {
            setWords(textArea.current?.value ?? "");
            changed();
          }}
        />
        {tooLong && (
          <p class="hint" id="too-long" role="status">
            지금 {count(length)}자예요. {count(maxWords)}자까지 보낼 수 있어요.
          </p>
        )}
        {!sending && !tooLong && <TypedAnswers words={words} region={region} />}
        <Examples disabled={sending !== null} onPick={write} />
        <RegionField
          region={region}
          disabled={sending !== null}
          onChange={(next) => {
            setRegion(next);
            saveRegion(next);
            changed();
          }}
        />
        <div role="alert" ref={alert}>
          {problem && <ProblemNotice tone="bad" {...problem} />}
        </div>
        <button class="primary" type="submit" disabled={empty || tooLong || busy}>
          {sending ? "보내고 있어요…" : "배출 방법 알아보기"}
        </button>
        <p class="hint" role="status">
          {sending && sending.attempt > 1
            ? `연결이 불안정해요. 다시 보내고 있어요 (${sending.attempt}번째).`
            : empty && "글이나 사진 가운데 하나만 있어도 돼요."}
        </p>
      </form>
    </div>
  );
}
