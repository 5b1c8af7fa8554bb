import { createECDH } from "node:crypto";

const curve = () => createECDH("prime256v1");

/** A private VAPID key (RFC 8292), in base64url. */
export function newVapidPrivateKey(): string {
  const key = curve();
  key.generateKeys();
  // A number with leading zeros is shorter.
  return Buffer.concat([Buffer.alloc(32), key.getPrivateKey()])
    .subarray(-32)
    .toString("base64url");
}

/** The public key of a private one, in base64url: an uncompressed point. */
export function vapidPublicKeyOf(privateKey: string): string {
  const key = curve();
  key.setPrivateKey(Buffer.from(privateKey, "base64url"));
  return key.getPublicKey().toString("base64url");
}
