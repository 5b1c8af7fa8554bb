import type { Child } from "hono/jsx";
import { parseResponse } from "hono/client";
import { useLayoutEffect, useState } from "hono/jsx/dom";
import { useAccess } from "../ops-access.ts";
import type { Comparison, Job } from "../ops-client.ts";
import { formatMoney, formatMs } from "../format.ts";
import { hrefOf } from "../href.ts";
import { ActionForm } from "../parts/action-form.tsx";
import { FormError } from "../parts/form-error.tsx";
import { Modal } from "../parts/modal.tsx";
import { useAction } from "../parts/use-action.ts";
import { WhoAndWhy } from "../parts/who-and-why.tsx";
import { useSessionChange } from "../use-session-change.ts";
import { classText } from "./job-content.tsx";
import { testReasons } from "./test-reasons.ts";

type Side = Comparison["test"];

/** What came of a test, beside what came of the scan whose content it has. It asks why, unless that was said here. */
export function JobComparison({ job }: { job: Job }) {
  const { client } = useAccess();
  const { busy, error, act } = useAction();
  const [shown, setShown] = useState<Comparison | null>(null);
  const [asks, setAsks] = useState(false);
  const { job_id, test_of, ended_at } = job;
  const compare = async (json: { by: string; why: string }) => {
    const request = { param: { id: job_id }, json };
    setShown(await parseResponse(client.jobs[":id"].comparison.$post(request)));
  };
  const reason = testReasons.get(job_id);
  useSessionChange(() => setShown(null));
  useLayoutEffect(() => {
    if (ended_at === null || reason?.client !== client || shown) return;
    const { by, why } = reason;
    act(() => compare({ by, why }));
  }, [ended_at === null, job_id]);
  return (
    <section aria-labelledby="comparison">
      <h2 id="comparison">Test and original</h2>
      <p>
        A test with the content of{" "}
        <a class="id" href={hrefOf("jobs", test_of ?? "")}>
          {test_of}
        </a>
        .
      </p>
      <FormError error={error} />
      {ended_at === null && <p class="loading">The test runs …</p>}
      {busy && <p class="loading">Comparing …</p>}
      {ended_at !== null && !shown && !busy && (
        <p class="actions">
          <button type="button" onClick={() => setAsks(true)}>
            Compare …
          </button>
        </p>
      )}
      {shown && <Differences {...shown} />}
      {asks && (
        <Modal title="Compare" onClosed={() => setAsks(false)}>
          {(close) => (
            <ActionForm
              submit="Compare"
              pending="Asking …"
              onCancel={close}
              onSubmit={async (textOf) => {
                await compare({ by: textOf("by"), why: textOf("why") });
                close();
              }}
            >
              <p>It shows words and answers of both. The audit notes who looked, and why.</p>
              <WhoAndWhy why="What the test is to show." />
            </ActionForm>
          )}
        </Modal>
      )}
    </section>
  );
}

/** What is compared: its name, and its lines. */
const rows: [name: string, linesOf: (side: Side) => readonly string[], lang?: string][] = [
  ["Words", ({ words }) => [words ?? "–"], "ko"],
  ["Model", ({ model }) => [model]],
  [
    "Outcome",
    ({ status, error }) => [status, ...(error ? [`${error.code}: ${error.message}`] : [])],
  ],
  ["Class", ({ classification }) => [classification ? classText(classification) : "–"], "ko"],
  ["Rule", ({ rule }) => [rule?.name ?? "–", ...(rule?.steps ?? [])], "ko"],
  [
    "Answer",
    ({ answer }) =>
      answer
        ? [answer.user_answer, ...Object.values(answer.disposal_steps), ...answer.insufficiencies]
        : ["–"],
    "ko",
  ],
  ["Cost", ({ cost_usd }) => [formatMoney(cost_usd)]],
  ["Time", ({ duration_ms }) => [duration_ms === null ? "not ended" : formatMs(duration_ms)]],
  ["Model calls", ({ calls }) => calls.map((it) => `${it.stage}: ${it.model}${msOf(it)}`)],
];

const msOf = ({ duration_ms }: Side["calls"][number]) =>
  duration_ms === undefined ? "" : `, ${formatMs(duration_ms)}`;

function Differences({ test, original }: Comparison) {
  return (
    <>
      {original === null && (
        <p class="notice">The original was purged an hour after its end: only the test is shown.</p>
      )}
      {rows.map(([name, linesOf, lang]) => {
        const mine = linesOf(test);
        const others = original ? linesOf(original) : null;
        const differs = others !== null && mine.join("\n") !== others.join("\n");
        return (
          <section key={name} class="compared" aria-label={name}>
            <h3>
              {name} {differs && <span class="tag warn">differs</span>}
            </h3>
            <dl>
              {others && <OneSide title="Original" lang={lang} lines={others} others={mine} />}
              <OneSide title="Test" lang={lang} lines={mine} others={others ?? mine} />
            </dl>
          </section>
        );
      })}
    </>
  );
}

interface SideProps {
  title: string;
  lang: string | undefined;
  lines: readonly string[];
  others: readonly string[];
}

/** The lines of one side; those that the other does not have are marked. */
const OneSide = ({ title, lang, lines, others }: SideProps): Child => (
  <div>
    <dt>{title}</dt>
    {lines.map((line, index) => (
      <dd key={index} lang={lang}>
        {others.includes(line) ? line : <mark>{line}</mark>}
      </dd>
    ))}
  </div>
);
