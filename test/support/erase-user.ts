import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { callWorker } from "./worker-requests.ts";

/** Erases a user's account, whose scans an erasure has erased before. */
export async function eraseAccount(user: string): Promise<void> {
  const account = env.USER_ACCOUNT.getByName(user);
  await account.releaseJobs(await account.jobs());
  await account.erase();
}

/** Erases a user, to the end. */
export async function eraseUser(user: string): Promise<void> {
  const { status } = await callWorker("/api/v1/users/me", { user, method: "DELETE" });
  if (status !== 202) throw new Error(`The erasure was answered with ${status}`);
  for (let pass = 0; pass < 10; pass++) {
    if (!(await runDurableObjectAlarm(env.ERASURE.getByName(user)))) return;
  }
  throw new Error("The erasure does not end");
}
