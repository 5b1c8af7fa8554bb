import { useLayoutEffect, useMemo, useState } from "hono/jsx/dom";
import { ApiError } from "../../client/src/eco2-edge-client.ts";
import { AccessContext } from "./ops-access.ts";
import { opsClient } from "./ops-client.ts";
import { mount } from "../mount.ts";
import { LoginForm } from "./login-form.tsx";
import { FormError } from "./parts/form-error.tsx";
import { Modal } from "./parts/modal.tsx";
import {
  endSession,
  onSessionChanged,
  readSession,
  type Session,
  type SessionState,
} from "./operator-session.ts";
import { Shell } from "./shell.tsx";

interface View extends SessionState {
  /** Whether the session has ended while the page is open. */
  refused: boolean;
}

/** The operators' page. A new login keeps the page, and what was typed, as it was. */
function OpsApp() {
  const [view, setView] = useState<View | null>(null);
  const [error, setError] = useState<string | null>(null);
  const session = view?.session ?? null;
  // Each login has a client of its own, with which the page asks again.
  const client = useMemo(() => opsClient(), [session]);

  const logIn = (next: Session) => setView({ open: true, session: next, refused: false });
  const logOut = () => setView({ open: true, session: null, refused: false });
  const refuse = () => setView((before) => before && { ...before, refused: true });

  /** Follows what the server says. A page that is open stays as it is when the session has ended. */
  const follow = () =>
    attempt(async () => {
      const found = await readSession();
      setView((before) =>
        before?.session && !found.session
          ? { ...before, refused: true }
          : { ...found, refused: false },
      );
    });

  useLayoutEffect(() => {
    void follow();
    return onSessionChanged(() => void follow());
  }, []);

  async function attempt(act: () => Promise<void>) {
    setError(null);
    try {
      await act();
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      setError(thrown.message);
    }
  }

  if (!session) {
    return (
      <main class="login">
        <h1>Eco² Edge operations</h1>
        <FormError error={error} />
        {view && <LoginForm isOpen={view.open} onLogin={logIn} />}
        {!view && error !== null && (
          <p class="actions">
            <button type="button" onClick={() => void follow()}>
              Try again
            </button>
          </p>
        )}
      </main>
    );
  }
  return (
    <AccessContext.Provider
      value={{ client, by: session.by, open: !view?.refused, onRefused: refuse }}
    >
      <Shell by={session.by} onLogOut={() => void attempt(() => endSession().then(logOut))} />
      <FormError error={error} />
      {view?.refused && (
        <Modal title="Log in again" onClosed={() => view.refused && logOut()}>
          {() => (
            <>
              <p>The session has ended. The page stays as it is.</p>
              <LoginForm isOpen by={session.by} onLogin={logIn} />
            </>
          )}
        </Modal>
      )}
    </AccessContext.Provider>
  );
}

mount(<OpsApp />);
