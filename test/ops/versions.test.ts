import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { publicationOf } from "../../regulations/publication.ts";
import { pointerKey } from "../../src/regulations/regulation-keys.ts";
import { documents, municipalities } from "../setup.ts";
import { opsRequest, statusesWithoutToken } from "../support/ops-requests.ts";

const Version = z.object({
  version: z.string(),
  whole: z.boolean(),
  documents: z.int(),
  municipalities: z.int(),
});
const Published = z.object({
  active: Version.nullable(),
  others: z.array(Version.extend({ differs: z.array(z.string()).nullable() })),
  complete: z.boolean(),
});
const published = async () => Published.parse(await (await opsRequest("/regulations")).json());

/** Puts another version beside the one in use, and gives its name. */
async function publishedBefore(changed: unknown[]): Promise<string> {
  const { version, entries } = await publicationOf(changed, municipalities);
  await Promise.all(entries.map(({ key, value }) => env.REGULATIONS.put(key, value)));
  return version;
}

const Document = z.looseObject({ key: z.string(), summary: z.string() });

describe("GET /api/v1/ops/regulations", () => {
  it("is closed to whoever has not the token", async () => {
    expect(await statusesWithoutToken("/regulations")).toEqual([401, 401, 401, 401]);
  });

  it("has the version in use, and in which documents another differs", async () => {
    const [first, ...rest] = documents.map((it) => Document.parse(it));
    if (!first) throw new Error("There are no documents");
    const summary = `판본 ${crypto.randomUUID()}`;
    const version = await publishedBefore([{ ...first, summary }, ...rest]);
    const { active, others, complete } = await published();
    expect(active).toMatchObject({
      version: await env.REGULATIONS.get(pointerKey),
      whole: true,
      documents: 18,
      municipalities: municipalities.length,
    });
    expect(others).toContainEqual({
      version,
      whole: true,
      documents: 18,
      municipalities: municipalities.length,
      differs: [first.key],
    });
    expect(others.map((it) => it.version)).not.toContain(active?.version);
    expect(complete).toBe(true);
  });

  it("reports half a version as not whole", async () => {
    const [first, ...rest] = documents.map((it) => Document.parse(it));
    if (!first) throw new Error("There are no documents");
    const version = await publishedBefore([
      { ...first, summary: `반쪽 ${crypto.randomUUID()}` },
      ...rest,
    ]);
    await env.REGULATIONS.delete(`regulations:${version}:${first.key}`);
    expect((await published()).others).toContainEqual(
      expect.objectContaining({ version, whole: false, differs: null }),
    );
  });
});
