import { useState } from "hono/jsx/dom";
import { bodyOf, Refused } from "./api/answer.ts";
import { opsClient } from "./api/client.ts";
import { Field } from "./parts/field.tsx";
import { textsIn } from "./parts/form-texts.ts";
import { Trouble } from "./parts/trouble.tsx";
import { lastName, type Session } from "./session.ts";

/** Asks for the token and a name, and tries the token before it is kept. */
export function LoginForm({ onEntered }: { onEntered: (session: Session) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function enter(session: Session) {
    setBusy(true);
    setError(null);
    try {
      await bodyOf(opsClient(session.token).stages.$get());
      onEntered(session);
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      setBusy(false);
      setError(wordsOf(thrown));
    }
  }

  return (
    <form
      class="login-form"
      onSubmit={(event: Event) => {
        event.preventDefault();
        const text = textsIn(event);
        void enter({ token: text("token"), by: text("by") });
      }}
    >
      <Field label="Your name" hint="Noted with every change you make.">
        {(attributes) => (
          <input
            {...attributes}
            name="by"
            required
            maxlength={100}
            autocomplete="name"
            value={lastName()}
          />
        )}
      </Field>
      <Field label="Token" hint="The deployment's OPS_TOKEN. It is kept in this tab only.">
        {(attributes) => (
          <input
            {...attributes}
            name="token"
            type="password"
            required
            autocomplete="current-password"
          />
        )}
      </Field>
      <Trouble error={error} />
      <button type="submit" class="primary" disabled={busy}>
        {busy ? "Logging in …" : "Log in"}
      </button>
      <details>
        <summary>There is no token yet</summary>
        <p>While OPS_TOKEN is not set, nobody is let in. Set one of 32 random bytes or more:</p>
        <p>
          in production <code>npx wrangler secret put OPS_TOKEN</code>
        </p>
        <p>
          locally <code>OPS_TOKEN=… npm start</code>, or a line in <code>.dev.vars</code>
        </p>
      </details>
    </form>
  );
}

function wordsOf({ status, message }: Refused): string {
  if (status !== 401) return message;
  return message.includes("no OPS_TOKEN is set")
    ? "No OPS_TOKEN is set here, so nobody is let in. See below how to set it."
    : "This token is not the deployment's OPS_TOKEN.";
}
