import { z } from "zod";
import { isPublicHost } from "../webhooks/public-host.ts";

/** An https address on a public host name. */
export const PublicUrl = z
  .url({ protocol: /^https$/, normalize: true, error: "has to be an https URL" })
  .max(2_048)
  .refine(isPublic, { error: "has to name a public host, without credentials" });

function isPublic(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isPublicHost(url.hostname) && url.username === "" && url.password === "";
}
