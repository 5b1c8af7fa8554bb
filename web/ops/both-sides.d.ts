/**
 * The client's types are the API's own, so that both are checked together here. Where the browser and
 * Workers declare one thing differently, this declares what the API relies on.
 */
interface SubtleCrypto {
  timingSafeEqual(a: ArrayBuffer | ArrayBufferView, b: ArrayBuffer | ArrayBufferView): boolean;
}

interface Crypto {
  randomUUID(): string;
}
