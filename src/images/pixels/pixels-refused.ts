/**
 * A picture that cannot be read. `type`: it is of a kind that is not read here. `size`: reading it would
 * take too much memory or time. `damaged`: nothing of it can be read.
 */
export class PixelsRefused extends Error {
  override readonly name = "PixelsRefused";
  readonly reason: "type" | "size" | "damaged";

  constructor(reason: PixelsRefused["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
