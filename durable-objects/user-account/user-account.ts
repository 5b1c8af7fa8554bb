import { DurableObject } from "cloudflare:workers";
import type { Quota } from "../../src/pipeline/admission.ts";
import type { HistoryEntry } from "../../src/pipeline/history-entry.ts";
import type { GrantMessage } from "../../src/pipeline/messages.ts";
import {
  noPhotos,
  type PhotoAdmission,
  type PhotoQuota,
  type PhotoUse,
} from "../../src/pipeline/photo-quota.ts";
import type { HistoryPage } from "../../src/users/history.ts";
import { accountAdmission, type AdmissionReply } from "./account-admission.ts";
import { accountCharacters, type Owned } from "./account-characters.ts";
import { accountMerge, mergedGuests, type MergedRows } from "./account-merge.ts";
import { accountPhotos } from "./account-photos.ts";
import { accountPush, type PushTarget } from "./account-push.ts";
import { accountHistory, type CountRow, type HistoryRow } from "./account-history.ts";
import { accountRewards } from "./account-rewards.ts";
import { accountScans, type ScanTimes } from "./account-scans.ts";
import { accountWordsRewards } from "./account-words-rewards.ts";
import { accountTestScans } from "./account-test-scans.ts";
import { createAccountTables } from "./account-tables.ts";
import { earlierRows } from "./earlier-rows.ts";

/**
 * One user: the scans that run, the daily quota, the history and the characters, exact at any time. D1 receives
 * what other services read, in batches.
 */
export class UserAccount extends DurableObject<Env> {
  readonly #scans = accountScans(this.ctx.storage.sql);
  readonly #testScans = accountTestScans(this.ctx.storage);
  readonly #characters = accountCharacters(this.ctx.storage);
  readonly #wordsOnlyRewards = accountWordsRewards(this.ctx.storage, this.#characters);
  readonly #rewards = accountRewards(
    this.ctx.storage.sql,
    this.env.CHARACTER_MATCH,
    this.#characters,
    this.#wordsOnlyRewards,
  );
  readonly #history = accountHistory(this.ctx.storage.sql);
  readonly #push = accountPush(this.ctx.storage);
  readonly #merge = accountMerge(
    this.ctx.storage,
    this.env,
    this.#scans,
    this.#characters,
    this.#push,
    this.#wordsOnlyRewards,
  );
  readonly #guests = mergedGuests(this.ctx.storage);
  readonly #photos = accountPhotos(this.ctx.storage);
  readonly #admission = accountAdmission(this.env, this.#scans, this.#characters);
  readonly #earlier = earlierRows(this.ctx.storage.kv, this.env.DB, this.#scans, this.#characters);
  /** The totals as they were read last; null when a scan has ended since. */
  #totals: CountRow[] | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    createAccountTables(ctx.storage);
  }

  /**
   * Admits a scan, or names the limit that refuses it. The same scan again is admitted, and not counted.
   *
   * @param key names the scan for its user, until 24 h after its end; null for none.
   * @returns the id of the scan: the one that its key named first, else `jobId`.
   */
  async admit(jobId: string, limits: Quota, key: string | null = null): Promise<AdmissionReply> {
    return this.#admission.admit(jobId, limits, key);
  }

  /** Counts an upload address of the user. @returns when it was made, Unix ms; null when the limit refuses it. */
  async admitAddress(quota: PhotoQuota): Promise<number | null> {
    const now = Date.now();
    return this.#photos.admit({ ...noPhotos, addresses: 1 }, quota, now) ? now : null;
  }

  /**
   * Counts the photo of a scan, before it is cleaned, unless the quota of scans or of photos refuses it. Nothing is
   * counted for a scan that its key names already.
   *
   * @param photo.bytes null for a photo that is stored.
   */
  async admitPhoto(
    { key, bytes }: { key: string | null; bytes: number | null },
    scans: Quota,
    photos: PhotoQuota,
  ): Promise<PhotoAdmission> {
    const now = Date.now();
    if (key !== null && this.#scans.find(key, key, now)) return { verdict: "known" };
    const admission = await this.#admission.decide(scans, now);
    if (!admission.admitted) return { verdict: "scans", refusal: admission };
    if (bytes === null) return { verdict: "admitted" };
    const isAdmitted = this.#photos.admit({ addresses: 0, photos: 1, bytes }, photos, now);
    return { verdict: isAdmitted ? "admitted" : "photos" };
  }

  /** Counts a photo that was sent to an address, before it is cleaned. An erasure ends addresses. */
  async admitUpload(
    bytes: number,
    quota: PhotoQuota,
    made: number,
  ): Promise<"admitted" | "refused" | "erased"> {
    if (this.#photos.isErasedSince(made)) return "erased";
    const asked: PhotoUse = { addresses: 0, photos: 1, bytes };
    return this.#photos.admit(asked, quota, Date.now()) ? "admitted" : "refused";
  }

  /** Whether the user was erased at a time or later, Unix ms. */
  async isErasedSince(time: number): Promise<boolean> {
    return this.#photos.isErasedSince(time);
  }

  /** The id of the scan that a key names; null for none. */
  async scanOf(key: string): Promise<string | null> {
    return this.#scans.find(key, key, Date.now())?.id ?? null;
  }

  /**
   * Records that a scan has ended, in the user's history, and grants the character that its result announced;
   * null for none. Doing it again changes nothing. A scan that the account does not know, as after an erasure,
   * leaves nothing.
   *
   * @returns the grant to save: the character belongs to this scan. The reply to the same call is the same.
   */
  async recordEnd(
    entry: HistoryEntry,
    announced: GrantMessage | null,
    wordsOnly = false,
  ): Promise<GrantMessage | null> {
    this.#totals = null;
    const isOurs = this.#scans.recordEnd(entry);
    if (entry.rewardCode === null) this.#wordsOnlyRewards.release(entry.jobId);
    if (!announced) return null;
    const { code } = announced.character;
    if (wordsOnly && this.#wordsOnlyRewards.isRefused(entry.jobId)) return null;
    const isGranted = isOurs
      ? this.#characters.grant(announced)
      : this.#characters.isFrom(entry.jobId, code);
    return isGranted ? announced : null;
  }

  /**
   * Records that the character of a scan is still to be matched. A scan that the account does not know, that
   * goes on, or that has ended again, awaits nothing.
   *
   * @param endedAt names the run of the scan.
   * @param wordsOnly whether the day's limit applies to it.
   * @returns whether its message is to be sent: also for a matched one, since its saves may be lost.
   */
  async awaitReward(jobId: string, endedAt: number, wordsOnly = false): Promise<boolean> {
    return this.#rewards.await(jobId, endedAt, wordsOnly);
  }

  /**
   * Whether a scan from words alone may give a character: one that the user owns, or the first new one of the day.
   * The reply to the same scan is the same; a scan that the account does not know, as after an erasure,
   * writes nothing, and is granted nothing when it ends.
   */
  async allowForWords(jobId: string, code: string): Promise<boolean> {
    return !this.#scans.has(jobId) || this.#wordsOnlyRewards.allow(jobId, code);
  }

  /**
   * Settles the pending reward of a scan's run, for the user into whom this guest was merged, with what the catalog has
   * for it; null for no character, and for a reward that is given up. The first reply counts.
   *
   * @returns the grant to save: the character belongs to this scan. The reply to the same call is the same.
   */
  async settleReward(
    jobId: string,
    endedAt: number,
    grant: GrantMessage | null,
  ): Promise<GrantMessage | null> {
    this.#totals = null;
    if (this.#merge.isBegun()) return this.#merge.settle(jobId, endedAt, grant);
    return this.#rewards.settle(jobId, endedAt, grant);
  }

  /** Records that an ended scan goes on, because its resident has confirmed it. */
  async recordContinued(jobId: string): Promise<void> {
    this.#scans.reopen(jobId);
  }

  /** Adds a browser that is notified when a parked scan ends. Doing it again changes nothing. */
  async addPush(id: string, endpoint: string): Promise<void> {
    this.#push.add({ id, endpoint, since: Date.now() });
  }

  async removePush(id: string): Promise<void> {
    this.#push.remove(id);
  }

  /** Where a browser is reached; null for one that is not subscribed any more. */
  async pushEndpoint(id: string): Promise<string | null> {
    return this.#push.endpoint(id);
  }

  /** A scan that was parked has ended. Doing it again changes nothing. @returns the browsers that are notified. */
  async endParked(jobId: string, endedAt: number): Promise<PushTarget[]> {
    return this.#push.end(jobId, endedAt);
  }

  /** The ids of the user's push subscriptions, and the ended scans that they were notified of, the newest end first. */
  async pushState(): Promise<{ subscriptions: string[]; ended: HistoryRow[] }> {
    return { subscriptions: this.#push.list().map(({ id }) => id), ended: this.#push.ended() };
  }

  /** A page of the user's ended scans, newest first, and one row more when there is a next one. */
  async history(userId: string, page: HistoryPage): Promise<HistoryRow[]> {
    await this.#moveEarlierRows(userId);
    return this.#history.page(page);
  }

  /** How many scans have the same outcome, a row each. */
  async totals(userId: string): Promise<CountRow[]> {
    await this.#moveEarlierRows(userId);
    return (this.#totals ??= this.#history.totals());
  }

  /** The user's characters, newest last. A reward that has been pending for an hour is asked for again. */
  async characters(userId: string): Promise<Owned[]> {
    await this.#moveEarlierRows(userId);
    await this.#rewards.resendPending(userId);
    return this.#characters.list();
  }

  /** Grants the default character to a user who has none. It is unsaved until `markSaved`. */
  async grantDefault(grant: GrantMessage): Promise<Owned[]> {
    if (this.#characters.codes().length === 0) this.#characters.grant(grant, true);
    return this.#characters.list();
  }

  async markSaved(code: string): Promise<void> {
    this.#characters.markSaved(code);
  }

  /** Notes a test scan with the user's content, so that an erasure finds it. @returns when, Unix ms. */
  async admitTestScan(jobId: string): Promise<number> {
    const now = Date.now();
    this.#testScans.add(jobId, now);
    return now;
  }

  /** The scans, and tests with their content, whose objects may still hold data. */
  async jobs(): Promise<string[]> {
    return [...this.#scans.live(Date.now()), ...this.#testScans.live()];
  }

  /** The objects of these scans are erased. */
  async releaseJobs(jobIds: readonly string[]): Promise<void> {
    this.#scans.release(jobIds);
    this.#testScans.release(jobIds);
  }

  /** When the user's scans, and tests with their content, ran: their events are of these times. */
  async ranges(): Promise<ScanTimes[]> {
    return [...this.#scans.ranges(Date.now()), ...this.#testScans.ranges()];
  }

  /**
   * Merges this guest into a user who has logged in, or goes on with that: their scans and characters become the
   * user's, too. @returns false for a guest who is merged into another user.
   */
  async mergeInto(guestId: string, userId: string): Promise<boolean> {
    return this.#merge.into(guestId, userId);
  }

  /** Goes on with a merge that was interrupted. */
  override async alarm() {
    await this.#merge.resume();
  }

  /**
   * Takes rows of a guest over, but the characters for words alone that are beyond one a day.
   * @returns false when the user has been erased since the merge began.
   */
  async adopt(rows: MergedRows): Promise<boolean> {
    const { guestId, at, scans, characters, browsers = [] } = rows;
    const { notified = [], wordsDays = [], wordsPending = [] } = rows;
    if (this.#photos.isErasedSince(at)) return false;
    this.#totals = null;
    this.#guests.add(guestId);
    for (const row of scans) this.#scans.adopt(row);
    const pending = wordsPending.filter((jobId) => this.#scans.isPending(jobId));
    const isOverLimit = this.#wordsOnlyRewards.adopt(wordsDays, pending);
    for (const character of characters) {
      if (isOverLimit(character.id, character.code)) continue;
      this.#characters.restore({ ...character, unsaved: true });
    }
    for (const browser of browsers) this.#push.add(browser);
    if (notified.length > 0) this.#push.adoptEnded(notified);
    return true;
  }

  /** The guests who were merged into the user. */
  async guests(): Promise<string[]> {
    return this.#guests.list();
  }

  /** Nothing of this guest is left. */
  async forgetGuest(guestId: string): Promise<void> {
    this.#guests.remove(guestId);
  }

  /** How many ended scans the history has. */
  async historySize(): Promise<number> {
    return this.#history.size();
  }

  /** Deletes the history, all but the scans that have not ended. */
  async eraseHistory(): Promise<void> {
    this.#totals = null;
    this.#history.erase();
  }

  async isEmpty(): Promise<boolean> {
    return (
      this.#scans.isEmpty() &&
      this.#testScans.isEmpty() &&
      this.#characters.codes().length === 0 &&
      this.#push.list().length === 0
    );
  }

  /** An erasure begins: what was admitted before ends with it. */
  async markErased(): Promise<void> {
    this.#photos.markErased(Date.now());
  }

  /**
   * Deletes everything of the user, but the time, and scans that were admitted since their jobs were erased: the next
   * erasure has to find them. Guests stay known until they are erased, too.
   */
  async erase(): Promise<void> {
    const { kv } = this.ctx.storage;
    this.#totals = null;
    this.#scans.removeReleased(Date.now());
    for (const [key] of Array.from(kv.list())) {
      if (!this.#guests.isKey(key) && !this.#testScans.keeps(key)) kv.delete(key);
    }
    this.#photos.markErased(Date.now());
  }

  async #moveEarlierRows(userId: string) {
    if (await this.#earlier.move(userId)) this.#totals = null;
  }
}
