import type { JobContent } from "../ops-client.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { type Fact, Facts } from "../parts/facts.tsx";
import { ModelCallText } from "./model-call-text.tsx";
import { RunTest } from "./run-test.tsx";
import type { ShownContent } from "./show-content.tsx";

interface Props {
  shown: ShownContent;
  onHidden: () => void;
}

/** What a resident wrote, showed and was answered, with the prompt and the output of each model call. */
export function JobContentSection({ shown: { content, by, why }, onHidden }: Props) {
  return (
    <section class="content" aria-labelledby="content">
      <h2 id="content">Content</h2>
      <p class="hint">
        Shown to {by}: {why}
      </p>
      <Facts facts={factsOf(content)} />
      <h3>Model calls</h3>
      {content.calls.length === 0 && <p class="quiet">No model was called.</p>}
      {content.calls.map((call, index) => (
        <CallContent key={index} call={call} />
      ))}
      <RunTest content={content} by={by} why={why} />
      <p class="actions">
        <button type="button" onClick={onHidden}>
          Hide content
        </button>
      </p>
    </section>
  );
}

const none = <span class="quiet">none</span>;

const factsOf = ({ words, region, photo, classification, rule, answer }: JobContent): Fact[] => [
  ["Words", words === null ? none : <span lang="ko">{words}</span>],
  ["Region", region === null ? none : <span lang="ko">{region}</span>],
  ["Photo", photo ? <Photo photo={photo} /> : none],
  ["Class", classification ? <span lang="ko">{classText(classification)}</span> : <NotReached />],
  ["Rule", rule ? <span lang="ko">{rule.name}</span> : <span class="quiet">none was found</span>],
  ["Answer", answer ? <AnswerText answer={answer} /> : <NotReached />],
];

const NotReached = () => <span class="quiet">its stage has no output</span>;

/** `재활용폐기물 > 무색페트병 > 생수병 · 내용물_없음`. */
export function classText({
  classification: { major_category, middle_category, minor_category },
  situation_tags,
}: NonNullable<JobContent["classification"]>): string {
  const names = [major_category, middle_category, ...(minor_category ? [minor_category] : [])];
  return [names.join(" > "), ...situation_tags].join(" · ");
}

const photoTexts = {
  deleted: "It is deleted, by its resident or after 30 days.",
  unsigned: "It has no address here: SIGNING_SECRET is not set.",
};

function Photo({ photo: { state, url } }: { photo: NonNullable<JobContent["photo"]> }) {
  if (state === "shown" && url) {
    return <img src={url} alt="The resident’s photo" referrerpolicy="no-referrer" />;
  }
  if (state === "external") return <span class="id">{url}</span>;
  return state === "shown" ? none : <span class="quiet">{photoTexts[state]}</span>;
}

function AnswerText({ answer }: { answer: NonNullable<JobContent["answer"]> }) {
  const { user_answer, disposal_steps, insufficiencies } = answer;
  return (
    <div lang="ko">
      <p>{user_answer}</p>
      <ol>
        {Object.values(disposal_steps).map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {insufficiencies.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </div>
  );
}

function CallContent({ call }: { call: JobContent["calls"][number] }) {
  const { stage, attempt, prompt, output } = call;
  const written = output == null ? null : JSON.stringify(output, null, 2);
  return (
    <details>
      <summary>
        {stage} attempt {attempt}: <ModelCallText call={call} />
      </summary>
      {prompt ? (
        <>
          <p class="hint">
            The prompt is not kept: it is put together anew, by the templates of this version
            {prompt.photo && ", and was sent with the photo"}.
          </p>
          <h4>System</h4>
          <pre tabindex={0}>{prompt.system}</pre>
          <h4>User</h4>
          <pre tabindex={0}>{prompt.user}</pre>
          <CopyButton what="prompt" text={`${prompt.system}\n\n${prompt.user}`} />
        </>
      ) : (
        <p class="hint">No prompt: the result was reused, or the model takes none.</p>
      )}
      <h4>Output</h4>
      {written === null ? (
        <p class="quiet">No output.</p>
      ) : (
        <>
          <pre tabindex={0}>{written}</pre>
          <CopyButton what="output" text={written} />
        </>
      )}
    </details>
  );
}
