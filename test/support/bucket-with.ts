import { env } from "cloudflare:workers";

/** Bindings whose bucket runs something before it stores. Its other methods are the bucket's. */
export const bucketWith = ({
  beforePut,
}: {
  beforePut: () => Promise<unknown>;
}): Pick<Env, "IMAGES"> => ({
  IMAGES: new Proxy(env.IMAGES, {
    get(target, name): unknown {
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== "function") return own;
      if (name !== "put") return own.bind(target);
      return async (...values: unknown[]): Promise<unknown> => {
        await beforePut();
        return own.apply(target, values);
      };
    },
  }),
});
