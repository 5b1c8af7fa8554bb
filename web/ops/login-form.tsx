import { useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { Field } from "./parts/field.tsx";
import { fieldsOf } from "./parts/form-fields.ts";
import { FormError } from "./parts/form-error.tsx";
import { beginSession, lastName, type Session } from "./operator-session.ts";

interface Props {
  /** Whether anybody can log in. */
  isOpen: boolean;
  /** The name that is filled in. */
  by?: string;
  onLogin: (session: Session) => void;
}

/** Asks for a name and the token, which is exchanged for a session and not kept. */
export function LoginForm({ isOpen, by = lastName(), onLogin }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(isOpen ? null : noToken);

  async function logIn(token: string, by: string) {
    setBusy(true);
    setError(null);
    try {
      onLogin(await beginSession(token, by));
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
        void logIn(field("token"), field("by"));
      }}
    >
      <Field
        label="Your name"
        hint="Recorded with every change you make."
        name="by"
        required
        maxlength={100}
        autocomplete="name"
        value={by}
      />
      <Field
        label="Token"
        hint="The deployment's OPS_TOKEN. It begins a session of 12 hours for all tabs, and is not kept."
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

const noToken = "No OPS_TOKEN is set here, so nobody can log in. See below how to set it.";

function messageOf({ status, message }: ApiError): string {
  if (status !== 401) return message;
  return message.includes("no OPS_TOKEN is set")
    ? noToken
    : "This token is not the deployment's OPS_TOKEN.";
}
