const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's W3C trace context, or a new one when it sent none that is valid. */
export function traceparentOf(header: string | undefined): string {
  if (header && traceparentForm.test(header)) return header;
  const ids = crypto.getRandomValues(new Uint8Array(24)).toHex();
  return `00-${ids.slice(0, 32)}-${ids.slice(32)}-01`;
}
