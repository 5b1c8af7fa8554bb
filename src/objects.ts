import { callObject } from "./platform/call-object.ts";

// The stubs are typed by `Env`: an import of the classes would make a circle, since objects call objects.
type ScanJobStub = ReturnType<Env["SCAN_JOB"]["getByName"]>;
type UserAccountStub = ReturnType<Env["USER_ACCOUNT"]["getByName"]>;

/** Calls a job's object. */
export const callJob = <Reply extends Promise<unknown>>(
  { SCAN_JOB }: Pick<Env, "SCAN_JOB">,
  jobId: string,
  call: (job: ScanJobStub) => Reply,
): Promise<Awaited<Reply>> => callObject(() => SCAN_JOB.getByName(jobId), call);

/** Calls a user's object. */
export const callAccount = <Reply extends Promise<unknown>>(
  { USER_ACCOUNT }: Pick<Env, "USER_ACCOUNT">,
  userId: string,
  call: (account: UserAccountStub) => Reply,
): Promise<Awaited<Reply>> => callObject(() => USER_ACCOUNT.getByName(userId), call);

/** The id of a user's object. It does not name the user. */
export const accountIdOf = ({ USER_ACCOUNT }: Pick<Env, "USER_ACCOUNT">, userId: string): string =>
  USER_ACCOUNT.idFromName(userId).toString();

/** Calls the object of a user of whom only its id is known. */
export const callAccountOfId = <Reply extends Promise<unknown>>(
  { USER_ACCOUNT }: Pick<Env, "USER_ACCOUNT">,
  id: string,
  call: (account: UserAccountStub) => Reply,
): Promise<Awaited<Reply>> =>
  callObject(() => USER_ACCOUNT.get(USER_ACCOUNT.idFromString(id)), call);

/** Starts the erasure of a user. One that runs goes on. @returns its id. */
export const startErasure = ({ ERASURE }: Pick<Env, "ERASURE">, userId: string): Promise<string> =>
  callObject(
    () => ERASURE.getByName(userId),
    (erasure) => erasure.start(userId),
  );

/** Starts an operated redrive. One that runs goes on. */
export const startRedrive = ({ REDRIVE }: Pick<Env, "REDRIVE">, id: string): Promise<void> =>
  callObject(
    () => REDRIVE.getByName(id),
    (redrive) => redrive.start(id),
  );
