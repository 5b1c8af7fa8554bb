/** A namespace of Durable Objects each call of which fails. */
export const failingObjects = <Namespace extends object>(
  namespace: Namespace,
  error: Error,
): Namespace =>
  new Proxy(namespace, {
    get: () => () =>
      new Proxy(
        {},
        {
          get: () => async () => {
            throw error;
          },
        },
      ),
  });

export const overloaded = Object.assign(
  new Error("Durable Object is overloaded. Too many requests queued."),
  { overloaded: true },
);
