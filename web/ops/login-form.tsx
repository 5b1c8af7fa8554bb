import { parseResponse } from "hono/client";
import { useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { opsClient } from "./ops-client.ts";
import { Field } from "./parts/field.tsx";
import { fieldsOf } from "./parts/form-fields.ts";
import { FormError } from "./parts/form-error.tsx";
import { lastName, type Session } from "./operator-session.ts";

/** Asks for the token and a name, and checks the token before it is stored. */
export function LoginForm({ onLogin }: { onLogin: (session: Session) => void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function logIn(session: Session) {
    setBusy(true);
    setError(null);
    try {
      await parseResponse(opsClient(session.token).stages.$get());
      onLogin(session);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      setBusy(false);
      setError(messageOf(thrown));
    }
  }

  return (
    <form
      onSubmit={(event: Event) => {
        event.preventDefault();
        const field = fieldsOf(event);
        void logIn({ token: field("token"), by: field("by") });
      }}
    >
      <Field
        label="Your name"
        hint="Recorded with every change you make."
        name="by"
        required
        maxlength={100}
        autocomplete="name"
        value={lastName()}
      />
      <Field
        label="Token"
        hint="The deployment's OPS_TOKEN. It is stored in this tab only."
        name="token"
        type="password"
        required
        autocomplete="current-password"
      />
      <FormError error={error} />
      <button type="submit" class="primary" disabled={busy}>
        {busy ? "Logging in …" : "Log in"}
      </button>
      <details>
        <summary>There is no token yet</summary>
        <p>Without OPS_TOKEN nobody can log in. Set one of 32 random bytes or more:</p>
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

function messageOf({ status, message }: ApiError): string {
  if (status !== 401) return message;
  return message.includes("no OPS_TOKEN is set")
    ? "No OPS_TOKEN is set here, so nobody can log in. See below how to set it."
    : "This token is not the deployment's OPS_TOKEN.";
}
