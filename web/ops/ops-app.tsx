import { useMemo, useState } from "hono/jsx/dom";
import { AccessContext } from "./ops-access.ts";
import { opsClient } from "./ops-client.ts";
import { mount } from "../mount.ts";
import { LoginForm } from "./login-form.tsx";
import { Modal } from "./parts/modal.tsx";
import { clearSession, saveSession, readSession, type Session } from "./operator-session.ts";
import { Shell } from "./shell.tsx";

/** The operators' page. A new login keeps the page, and what was typed, as it was. */
function OpsApp() {
  const [session, setSession] = useState<Session | null>(readSession);
  const [refused, setRefused] = useState(false);
  const client = useMemo(() => opsClient(session?.token ?? ""), [session?.token]);

  function logIn(next: Session) {
    saveSession(next);
    setSession(next);
    setRefused(false);
  }

  function logOut() {
    clearSession();
    setSession(null);
    setRefused(false);
  }

  function refuse() {
    clearSession();
    setRefused(true);
  }

  if (!session) {
    return (
      <main class="login">
        <h1>Eco² Edge operations</h1>
        <LoginForm onLogin={logIn} />
      </main>
    );
  }
  return (
    <AccessContext.Provider value={{ client, by: session.by, open: !refused, onRefused: refuse }}>
      <Shell by={session.by} onLogOut={logOut} />
      {refused && (
        <Modal title="Log in again" onClosed={() => refused && logOut()}>
          {() => (
            <>
              <p>The token is not valid any more. The page stays as it is.</p>
              <LoginForm onLogin={logIn} />
            </>
          )}
        </Modal>
      )}
    </AccessContext.Provider>
  );
}

mount(<OpsApp />);
