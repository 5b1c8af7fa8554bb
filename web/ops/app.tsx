import { useMemo, useState } from "hono/jsx/dom";
import { AccessContext } from "./access.ts";
import { opsClient } from "./api/client.ts";
import { LoginForm } from "./login-form.tsx";
import { Modal } from "./parts/modal.tsx";
import { forgetSession, keepSession, recallSession, type Session } from "./session.ts";
import { Shell } from "./shell.tsx";

/** The operators' page. Who is let out comes back to the same place, and finds it as it was. */
export function App() {
  const [session, setSession] = useState<Session | null>(recallSession);
  const [refused, setRefused] = useState(false);
  const client = useMemo(() => opsClient(session?.token ?? ""), [session?.token]);

  function enter(next: Session) {
    keepSession(next);
    setSession(next);
    setRefused(false);
  }

  function leave() {
    forgetSession();
    setSession(null);
    setRefused(false);
  }

  function refuse() {
    forgetSession();
    setRefused(true);
  }

  if (!session) {
    return (
      <main class="login">
        <h1>Eco² Edge operations</h1>
        <LoginForm onEntered={enter} />
      </main>
    );
  }
  return (
    <AccessContext.Provider value={{ client, by: session.by, open: !refused, onRefused: refuse }}>
      <Shell by={session.by} onLeave={leave} />
      {refused && (
        <Modal title="Log in again" onClosed={() => refused && leave()}>
          {() => (
            <>
              <p>The token is not taken any more. The page stays where it is.</p>
              <LoginForm onEntered={enter} />
            </>
          )}
        </Modal>
      )}
    </AccessContext.Provider>
  );
}
