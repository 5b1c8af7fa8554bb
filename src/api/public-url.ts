import { z } from "zod";

/** Names that never leave a network: RFC 6761, RFC 6762, and the one private clouds use. */
const privateSuffixes = [".localhost", ".local", ".internal", ".home.arpa", ".test", ".invalid"];

/**
 * An https address on a public host name. Addresses by number are refused whatever their form,
 * since the URL parser has brought them all to one.
 */
export const PublicUrl = z
  .url({ protocol: /^https$/, normalize: true, error: "has to be an https URL" })
  .max(2_048)
  .refine(isPublic, { error: "has to name a public host, without credentials" });

function isPublic(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, username, password } = new URL(text);
  const host = hostname.replace(/\.$/, "");
  const numeric = host.startsWith("[") || /^[\d.]+$/.test(host);
  const named = host.includes(".") && !privateSuffixes.some((suffix) => host.endsWith(suffix));
  return named && !numeric && username === "" && password === "";
}
