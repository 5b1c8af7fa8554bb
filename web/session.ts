/** How residents get in, as the server says it; as far as this page needs it. */
interface Options {
  guests: boolean;
  login_url: string | null;
  signed_in: "nobody" | "guest" | "user";
}

/** A development server knows a browser by the id that it sends; others know sessions alone. */
let knowsIds = true;
let opening: Promise<boolean> | null = null;
let loginUrl: string | null = null;

/** Where residents log in; null until the server has refused them, or where they cannot. */
export const loginAddress = (): string | null => loginUrl;

const post = async (path: string) => (await fetch(`/api/v1/auth/${path}`, { method: "POST" })).ok;

/** Renews the session, or begins that of a guest. False where the resident has to log in. */
async function openSession(): Promise<boolean> {
  const hadId = knowsIds;
  knowsIds = false;
  const response = await fetch("/api/v1/auth/options");
  if (!response.ok) return false;
  const { guests, login_url, signed_in }: Options = await response.json();
  // The id that was sent hid the session.
  if (hadId && signed_in !== "nobody") return true;
  if (await post("refresh")) return true;
  if (guests && (await post("guest"))) return true;
  loginUrl = login_url;
  return false;
}

/** Sends a request of the page, once more when a session had to be opened for it. */
export async function sendWithSession(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, known(init));
  if (response.status !== 401) return response;
  // Requests that were refused together open one session.
  opening ??= openSession().finally(() => {
    opening = null;
  });
  return (await opening) ? fetch(url, known(init)) : response;
}

function known(init: RequestInit): RequestInit {
  if (knowsIds) return init;
  const headers = new Headers(init.headers);
  headers.delete("x-user-id");
  return { ...init, headers };
}
