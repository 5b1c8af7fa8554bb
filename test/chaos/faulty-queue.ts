import { faults } from "./faults.ts";

/** Makes a call to somebody else, which may fail. */
export type Call = <Reply>(make: () => Promise<Reply>) => Promise<Reply>;

export const isQueue = (binding: object): binding is Queue =>
  "send" in binding && "sendBatch" in binding;

/** The test's queue, which messages go to instead of the platform's. */
export const faultyQueue = (call: Call, name: string): Pick<Queue, "send"> => ({
  async send(body) {
    const arrive = faults.send(name, body);
    return call(async () => {
      arrive();
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    });
  },
});
