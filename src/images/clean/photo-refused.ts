/**
 * A photo that is not taken. `type`: it is no photo of a type that is taken. `content`: it is one, and
 * it is damaged, or larger than it may be once it is decoded.
 */
export class PhotoRefused extends Error {
  override readonly name = "PhotoRefused";
  readonly reason: "type" | "content";

  constructor(reason: "type" | "content", message: string) {
    super(message);
    this.reason = reason;
  }
}

export const damaged = (what: string): PhotoRefused =>
  new PhotoRefused("content", `The photo cannot be read: ${what}.`);
