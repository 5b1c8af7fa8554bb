import { env } from "cloudflare:workers";

/** Bindings whose bucket has one photo under every key. */
export const imagesWith = (photo: Uint8Array): Pick<Env, "IMAGES"> => ({
  IMAGES: new Proxy(env.IMAGES, {
    get: (target, key): unknown => {
      if (key === "head") return () => Promise.resolve({ size: photo.length });
      if (key === "get") {
        const bytes = () => Promise.resolve(photo);
        return () =>
          Promise.resolve({
            size: photo.length,
            bytes,
            arrayBuffer: async () => photo.slice().buffer,
          });
      }
      return Reflect.get(target, key);
    },
  }),
});
