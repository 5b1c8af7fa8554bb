import { parseJson } from "../client/src/connection.ts";
import { hasFields } from "../client/src/has-fields.ts";
import { browserStorage } from "./browser-storage.ts";
import { inOneTab } from "./in-one-tab.ts";
import { forgetStreams } from "./saved-scans.ts";

/** How residents get in, as the server says it; as far as this page needs it. */
export interface Options {
  guests: boolean;
  login_url: string | null;
  signed_in: "nobody" | "guest" | "user";
  has_guest: boolean;
}

/** A development server knows a browser by the id that it sends; others know sessions alone. */
let knowsIds = true;
let opening: ReturnType<typeof openSession> | null = null;
let loginUrl: string | null = null;

/** Set while this browser has the session of a guest, which no script can see. */
const guestMark = browserStorage("localStorage", "eco2-guest");

/** Where residents log in; null until the server has refused them, or where they cannot. */
export const loginAddress = (): string | null => loginUrl;

/** How long the server has to answer on sessions: each request of the page waits for that, ms. */
const timeoutMs = 15_000;

const ask = (path: string, method: "GET" | "POST") =>
  fetch(`/api/v1/auth/${path}`, { method, signal: AbortSignal.timeout(timeoutMs) });

const post = async (path: string) => (await ask(path, "POST")).ok;

/** How residents get in here; null when the server does not say, or another page answers in its place. */
export async function readOptions(): Promise<Options | null> {
  const response = await ask("options", "GET");
  const options: unknown = response.ok ? parseJson(await response.text()) : null;
  return isOptions(options) ? options : null;
}

const isOptions = (value: unknown): value is Options =>
  hasFields(value, { guests: "boolean", signed_in: "string", has_guest: "boolean" });

/** Takes over what the resident has done as a guest before they logged in. It is tried at each start until then. */
async function mergeGuest({ signed_in, has_guest }: Options): Promise<void> {
  if (signed_in !== "user" || !has_guest || !(await post("guest/merge"))) return;
  guestMark.clear();
  // Their tokens are the guest's.
  forgetStreams();
}

async function start(): Promise<void> {
  if (guestMark.read() === null) return;
  try {
    const options = await readOptions();
    if (options) await mergeGuest(options);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
  }
}

/** Whether there is no network, or none that answers in time. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof DOMException;

let started: Promise<void> | null = null;

/**
 * Renews the session, or begins that of a guest. The response that refuses a guest says why there is none; without one,
 * the resident has to log in.
 */
async function openSession(): Promise<{ isOpen: boolean; refusal?: Response }> {
  const hadId = knowsIds;
  knowsIds = false;
  const options = await readOptions();
  if (!options) return { isOpen: false };
  const { guests, login_url, signed_in } = options;
  // The id that was sent hid the session.
  if (hadId && signed_in !== "nobody") return { isOpen: true };
  if (await post("refresh")) {
    // A user whose access token had expired.
    const renewed = await readOptions();
    if (renewed) await mergeGuest(renewed);
    return { isOpen: true };
  }
  loginUrl = login_url;
  if (!guests) return { isOpen: false };
  const begun = await ask("guest", "POST");
  if (!begun.ok) return { isOpen: false, refusal: begun };
  guestMark.write("1");
  return { isOpen: true };
}

/** Sends a request of the page, once more when a session had to be opened for it. */
export async function sendWithSession(url: string, init: RequestInit): Promise<Response> {
  await (started ??= start());
  const response = await fetch(url, known(init));
  if (response.status !== 401) return response;
  // Requests that were refused together open one session: two guests would lose the scans of one.
  opening ??= inOneTab("eco2-session", openSession).finally(() => {
    opening = null;
  });
  const { isOpen, refusal } = await opening;
  if (isOpen) return fetch(url, known(init));
  // Where there is a page to log in at, that is what helps.
  return refusal && loginUrl === null ? refusal.clone() : response;
}

function known(init: RequestInit): RequestInit {
  if (knowsIds) return init;
  const headers = new Headers(init.headers);
  headers.delete("x-user-id");
  return { ...init, headers };
}
