import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PipelineControl } from "../../durable-objects/pipeline-control.ts";
import { controlBreakers } from "../../src/models/breakers.ts";
import { breakerLimits, closed } from "../../src/pipeline/breaker.ts";
import { breakerOf, untouched } from "../../src/pipeline/control.ts";
import { stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { failure as cause } from "../support/job-builders.ts";
import { pipelineControl, readControl } from "../../src/control-client.ts";

const object = () => env.PIPELINE_CONTROL.getByName("control");
const inStorage = <Result>(act: (storage: DurableObjectStorage) => Result | Promise<Result>) =>
  runInDurableObject(object(), (_, { storage }) => act(storage));
const order = { reason: "모델이 이상해요 🙂", by: "운영자", until: null };

/** What an isolate knows, it knows by its bindings. */
const anIsolate = (): Env => ({ ...env });
const aProvider = () => `provider-${crypto.randomUUID()}`;

/** Each call to the object takes a fresh stub, so this counts them. */
const calls = vi.spyOn(env.PIPELINE_CONTROL, "get");
const warned = vi.spyOn(console, "warn");

const useClock = () => vi.useFakeTimers({ toFake: ["Date"] });
const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);

beforeEach(async () => {
  for (const stage of stageNames) await pipelineControl(anIsolate()).unpause(stage);
  vi.clearAllMocks();
});
afterEach(() => {
  vi.useRealTimers();
  calls.mockReset();
});

const unreachable = () =>
  calls.mockImplementation(() => {
    throw new Error("Network connection lost.");
  });

async function failing(provider: string, times = breakerLimits.failures, isolate = anIsolate()) {
  const control = pipelineControl(isolate);
  for (let failure = 0; failure < times; failure++) await control.failed(provider, null);
}

describe("the control object", () => {
  it("keeps pauses and breakers when it is evicted", async () => {
    const control = pipelineControl(anIsolate());
    const provider = aProvider();
    await control.pause("vision", order);
    await evictDurableObject(object());
    await control.failed(provider, null);
    await evictDurableObject(object());
    const { paused, breakers } = await control.snapshot();
    expect(paused.vision).toEqual({ ...order, since: expect.any(Number) });
    expect(breakers[provider]?.failures).toBe(1);
    await control.unpause("vision");
    await control.reset(provider);
    await evictDurableObject(object());
    const after = await control.snapshot();
    expect(after.paused).toEqual({});
    expect(breakerOf(after, provider)).toBe(closed);
  });

  it("stays as it is when an argument is invalid", async () => {
    const control = pipelineControl(anIsolate());
    const provider = aProvider();
    await expect(control.failed(provider, 0.5)).rejects.toThrow("int");
    await expect(control.pause("vision", { ...order, until: 0.5 })).rejects.toThrow("int");
    await evictDurableObject(object());
    const { paused, breakers } = await control.snapshot();
    expect([paused, breakers[provider]]).toEqual([{}, undefined]);
  });

  it("has stored a change when it replies, and writes nothing else", async () => {
    const control = pipelineControl(anIsolate());
    const provider = aProvider();
    const stored = () => inStorage((storage) => storage.get("data"));
    await control.failed(provider, null);
    expect(await stored()).toMatchObject({
      control: { breakers: { [provider]: { failures: 1 } } },
    });
    const put = await inStorage((storage) => vi.spyOn(storage, "put"));
    await control.snapshot();
    await control.admit(provider);
    await control.unpause("reward");
    expect(put).not.toHaveBeenCalled();
    await control.succeeded(provider);
    expect(put).toHaveBeenCalledTimes(1);
  });

  it("stays as it was when it dies before the change is stored", async () => {
    const provider = aProvider();
    const before = await pipelineControl(anIsolate()).snapshot();
    await runInDurableObject(object(), (control: object) => {
      if (!(control instanceof PipelineControl)) throw new TypeError("It is another object");
      expect(control.failed(provider, null, "null").breakers[provider]).toMatchObject({
        failures: 1,
      });
    });
    await abortAllDurableObjects();
    expect(await pipelineControl(anIsolate()).snapshot()).toEqual(before);
  });

  it("starts empty when the stored value is of another version", async () => {
    await inStorage((storage) => storage.put("data", { control: { paused: { sniff: {} } } }));
    await evictDurableObject(object());
    const control = pipelineControl(anIsolate());
    expect(await control.snapshot()).toEqual(untouched);
    await control.pause("rule", order);
    await evictDurableObject(object());
    expect(Object.keys((await control.snapshot()).paused)).toEqual(["rule"]);
  });

  it("admits one of many calls as the probe", async () => {
    useClock();
    const provider = aProvider();
    await failing(provider);
    wait(breakerLimits.openMs);
    const waits = await Promise.all(
      Array.from({ length: 9 }, () => pipelineControl(anIsolate()).admit(provider)),
    );
    expect(waits.filter((ms) => ms === 0)).toHaveLength(1);
  });
});

describe("readControl", () => {
  it("returns a control of at most two seconds, with one call in that time", async () => {
    useClock();
    const isolate = anIsolate();
    expect((await readControl(isolate)).pauseOf("vision")).toBeNull();
    await pipelineControl(anIsolate()).pause("vision", order);
    calls.mockClear();
    for (let read = 0; read < 9; read++) await readControl(isolate);
    expect(calls).not.toHaveBeenCalled();
    wait(2_000);
    expect((await readControl(isolate)).pauseOf("vision")).toMatchObject({ by: "운영자" });
    expect(calls).toHaveBeenCalledTimes(1);
  });

  it("returns the isolate's own change at once", async () => {
    const isolate = anIsolate();
    await readControl(isolate);
    await pipelineControl(isolate).pause("vision", order);
    expect((await readControl(isolate)).pauseOf("vision")).not.toBeNull();
  });

  it("drops a pause that expires in the meantime", async () => {
    useClock();
    const isolate = anIsolate();
    await pipelineControl(isolate).pause("vision", { ...order, until: Date.now() + 500 });
    expect((await readControl(isolate)).pauseOf("vision")).not.toBeNull();
    wait(500);
    expect((await readControl(isolate)).pauseOf("vision")).toBeNull();
  });

  it("reports a breaker as open until it may be probed", async () => {
    useClock();
    const provider = aProvider();
    await failing(provider);
    const isolate = anIsolate();
    expect((await readControl(isolate)).isOpen(provider)).toBe(true);
    wait(breakerLimits.openMs);
    expect((await readControl(isolate)).isOpen(provider)).toBe(false);
  });

  it("pauses nothing while the object is unreachable, and logs that once", async () => {
    useClock();
    await pipelineControl(anIsolate()).pause("vision", order);
    const isolate = anIsolate();
    unreachable();
    for (let read = 0; read < 9; read++) {
      const control = await readControl(isolate);
      expect(control).toMatchObject({ reachable: false });
      expect(control.pauseOf("vision")).toBeNull();
    }
    expect(warned).toHaveBeenCalledTimes(1);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining("control.unreachable"));
    calls.mockReset();
    wait(2_000);
    expect((await readControl(isolate)).pauseOf("vision")).not.toBeNull();
  });

  it("does not wait for an object that hangs", async () => {
    const stub = object();
    vi.spyOn(stub, "fetch").mockReturnValue(new Promise(() => {}));
    calls.mockReturnValue(stub);
    expect((await readControl(anIsolate())).reachable).toBe(false);
  });
});

describe("circuit breakers", () => {
  it("make no call while no provider fails", async () => {
    useClock();
    const isolate = anIsolate();
    await readControl(isolate);
    calls.mockClear();
    const breakers = controlBreakers(isolate);
    const provider = aProvider();
    for (let call = 0; call < 9; call++) {
      expect(await breakers.waitMs(provider)).toBe(0);
      await breakers.succeeded(provider);
      wait(10_000);
    }
    expect(calls).not.toHaveBeenCalled();
  });

  it("are shared between isolates", async () => {
    useClock();
    const provider = aProvider();
    const isolate = anIsolate();
    const [here, there] = [controlBreakers(isolate), controlBreakers(anIsolate())];
    for (let failure = 1; failure < breakerLimits.failures; failure++)
      await here.failed(provider, cause);
    await there.failed(provider, cause);
    expect(await there.waitMs(provider)).toBe(breakerLimits.openMs);
    wait(2_000);
    await readControl(isolate);
    expect(await here.waitMs(provider)).toBe(breakerLimits.openMs - 2_000);
    calls.mockClear();
    for (let call = 0; call < 9; call++) await here.waitMs(provider);
    expect(calls).not.toHaveBeenCalled();
  });

  it("keep the failure that opened them, for all isolates, whatever fails afterwards", async () => {
    const provider = aProvider();
    const opened = {
      code: "MODEL_UNAVAILABLE",
      message: `500 요청을 처리하지 못했어요 ${"가".repeat(600)}`,
    };
    const here = controlBreakers(anIsolate());
    for (let seen = 0; seen < breakerLimits.failures; seen++) await here.failed(provider, opened);
    await here.failed(provider, { code: "MODEL_UNREACHABLE", message: "a later one" });
    const isolate = anIsolate();
    await readControl(isolate);
    expect(controlBreakers(isolate).causeOf(provider)).toEqual({
      ...opened,
      message: opened.message.slice(0, 500),
    });
    await here.succeeded(provider);
    expect(here.causeOf(provider)).toBeNull();
  });

  it("admit one probe, and close for all isolates when it succeeds", async () => {
    useClock();
    const provider = aProvider();
    await failing(provider);
    wait(breakerLimits.openMs);
    const isolates = [anIsolate(), anIsolate()] as const;
    const nextBatch = () => Promise.all(isolates.map(readControl));
    await nextBatch();
    const [here, there] = [controlBreakers(isolates[0]), controlBreakers(isolates[1])];
    expect(await here.waitMs(provider)).toBe(0);
    expect(await there.waitMs(provider)).toBe(breakerLimits.probeWaitMs);
    await here.succeeded(provider);
    expect(await here.waitMs(provider)).toBe(0);
    wait(2_000);
    await nextBatch();
    expect(await there.waitMs(provider)).toBe(0);
  });

  it("stay closed when a busy provider fails now and then", async () => {
    useClock();
    const provider = aProvider();
    const isolates = Array.from({ length: 2 * breakerLimits.failures }, anIsolate);
    for (const isolate of isolates) await readControl(isolate);
    calls.mockClear();
    for (const breakers of isolates.map((isolate) => controlBreakers(isolate))) {
      // None knows yet that there were failures elsewhere, so its success is not reported.
      await breakers.succeeded(provider);
      expect(calls).not.toHaveBeenCalled();
      wait(10);
      await breakers.failed(provider, cause);
      calls.mockClear();
      wait(10);
    }
    const { breakers } = await pipelineControl(anIsolate()).snapshot();
    expect(breakers[provider]).toMatchObject({ failures: 1, openedAt: null });
  });

  it("are local to the isolate while the object is unreachable", async () => {
    useClock();
    unreachable();
    const breakers = controlBreakers(anIsolate());
    const provider = aProvider();
    for (let failure = 0; failure < breakerLimits.failures; failure++) {
      expect(await breakers.waitMs(provider)).toBe(0);
      await breakers.failed(provider, cause);
    }
    expect(await breakers.waitMs(provider)).toBe(breakerLimits.openMs);
    wait(breakerLimits.openMs);
    expect(await breakers.waitMs(provider)).toBe(0);
    await breakers.succeeded(provider);
    expect(await breakers.waitMs(provider)).toBe(0);
  });
});
