import { useLayoutEffect, useRef, useState } from "hono/jsx/dom";
import { ApiError, type Profile } from "../../client/src/eco2-edge-client.ts";
import { ProblemNotice } from "../components/problem-notice.tsx";
import { client } from "../resident-client.ts";
import { profileProblem } from "../words/profile-problem.ts";

/** The fields of a profile that its resident can change. */
const fields = [
  { name: "nickname", label: "별명", type: "text", autocomplete: "nickname", maxlength: 120 },
  { name: "phone_number", label: "전화번호", type: "tel", autocomplete: "tel", maxlength: 30 },
] as const;

/** The form of the profile. An empty field clears what was saved. */
export function ProfileForm({ profile }: { profile: Profile }) {
  const form = useRef<HTMLFormElement>(null);
  const [state, setState] = useState<"idle" | "saving" | "saved" | ApiError>("idle");

  // Uncontrolled: a write during the composition of Hangul would break the syllable.
  useLayoutEffect(() => show(profile), []);

  function show(saved: Profile) {
    for (const { name } of fields) {
      const input = form.current?.elements.namedItem(name);
      if (input instanceof HTMLInputElement) input.value = saved[name] ?? "";
    }
  }

  async function save(event: Event) {
    event.preventDefault();
    if (!form.current || state === "saving") return;
    const data = new FormData(form.current);
    const valueOf = (name: string) => {
      const value = data.get(name);
      return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
    };
    setState("saving");
    try {
      show(
        await client.changeMe({
          nickname: valueOf("nickname"),
          phone_number: valueOf("phone_number"),
        }),
      );
      setState("saved");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState(error);
    }
  }

  return (
    <form class="card profile" ref={form} onSubmit={(event) => void save(event)}>
      <h2>내 소개</h2>
      {fields.map(({ name, label, ...input }) => (
        <label key={name} class="field">
          <span class="field-name">{label}</span>
          <input class="text-field" name={name} onInput={() => setState("idle")} {...input} />
        </label>
      ))}
      <div role="alert">
        {state instanceof ApiError && <ProblemNotice tone="bad" {...profileProblem(state)} />}
      </div>
      <button class="primary" type="submit" disabled={state === "saving"}>
        {state === "saving" ? "저장하고 있어요…" : "저장"}
      </button>
      <p class="hint" role="status">
        {state === "saved" && "저장했어요."}
      </p>
    </form>
  );
}
