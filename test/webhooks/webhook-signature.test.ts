import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { signedHeaders, webhookSecrets } from "../../src/webhooks/webhook-signature.ts";
import { buildSecret } from "../support/build-webhook.ts";

const secrets = (WEBHOOK_SECRETS: string) => webhookSecrets({ WEBHOOK_SECRETS });

describe("the signatures", () => {
  const body = '{"message":"분석이 끝났어요."}';
  const at = new Date();
  const signed = (...by: string[]) => signedHeaders(by, { id: "msg_1", at, body });

  it("verify by each secret while two rotate, and by no other", () => {
    const [young, old] = [buildSecret(), buildSecret()];
    const headers = signed(young, old);
    expect(new Webhook(young).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(old).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(buildSecret()).verify(body, headers)).toThrow("No matching signature");
    const [first] = headers["webhook-signature"]?.split(" ") ?? [];
    expect(first).toBe(signed(young)["webhook-signature"]);
  });

  it("hold for one id, time and body", () => {
    const by = buildSecret();
    const headers = signed(by);
    const verify = (text: string, changed: object) =>
      new Webhook(by).verify(text, { ...headers, ...changed });
    expect(() => verify(`${body} `, {})).toThrow("No matching signature");
    expect(() => verify(body, { "webhook-id": "msg_2" })).toThrow("No matching signature");
    const later = String(Number(headers["webhook-timestamp"]) + 1);
    expect(() => verify(body, { "webhook-timestamp": later })).toThrow("No matching signature");
  });

  it("are those of the specification's example", () => {
    const headers = signedHeaders(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], {
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      at: new Date(1_614_265_330_000),
      body: '{"test": 2432232314}',
    });
    expect(headers).toEqual({
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
  });
});

describe("the setting", () => {
  it("names none, one, or two secrets", () => {
    const [young, old] = [buildSecret(), buildSecret()];
    expect(secrets("")).toEqual([]);
    expect(secrets("  ")).toEqual([]);
    expect(secrets(`${young}\n`)).toEqual([young]);
    expect(secrets(`${young}  ${old}`)).toEqual([young, old]);
  });

  it.each([
    "hush",
    "whsec_",
    "whsec_dG9vIHNob3J0",
    `whsec_${"A".repeat(33)}`,
    "whsec_!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!",
    `${buildSecret()},${buildSecret()}`,
    `${buildSecret()} hush`,
  ])("refuses %j without repeating it", (setting) => {
    expect(() => secrets(setting)).toThrow(/^WEBHOOK_SECRETS has to be/);
  });
});
