import { createElement as element, StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { createClient } from "../../client/src/eco2-edge-client.ts";
import { useScan } from "../../client/src/react.ts";

const { user = "", words = "" } = Object.fromEntries(new URLSearchParams(location.search));
const client = createClient({ userId: user });

const line = (id: string, text: string) => element("p", { id }, text);

/** Submits on mount, with a new input object at every render. */
function SubmitOnMount() {
  const [renders, render] = useState(0);
  const { phase, view } = useScan(client, { userInput: words });
  return element(
    "section",
    null,
    line("phase", phase),
    line("progress", String(view.progress)),
    line("reward", view.result?.reward?.name ?? ""),
    element("button", { id: "render", onClick: () => render(renders + 1) }, `again (${renders})`),
  );
}

/** Submits and cancels by buttons. */
function SubmitOnClick() {
  const { phase, view, jobId, submit, cancel } = useScan(client);
  return element(
    "section",
    null,
    line("phase", phase),
    line("job", jobId ?? ""),
    line("partial-text", view.partialText),
    line("status", view.result?.status ?? ""),
    element(
      "button",
      { id: "submit", onClick: () => submit({ userInput: words, model: "gpt-5.2" }) },
      "submit",
    ),
    element("button", { id: "cancel", onClick: () => void cancel() }, "cancel"),
  );
}

const root = document.querySelector("#root");
if (!root) throw new Error("The page has no #root");
createRoot(root).render(
  element(StrictMode, null, element(location.hash === "#click" ? SubmitOnClick : SubmitOnMount)),
);
