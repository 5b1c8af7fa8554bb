import { z } from "zod";

/** Seoul, mobile, provinces and internet telephony. */
const korean = /^(02|01[016-9]|0[3-6][1-5]|070)(\d{3,4})(\d{4})$/;
const foreign = /^\+[1-9]\d{6,14}$/;
const separators = /[\s().-]/g;
/** The country code, which replaces the leading zero. */
const fromAbroad = /^\+?820?(?=[1-9]\d{7,9}$)/;

/** A Korean number in national form, 010-1234-5678; any other in E.164. */
export const PhoneNumber = z.string().transform((text, context) => {
  const digits = text.normalize("NFKC").trim().replace(separators, "").replace(fromAbroad, "0");
  const [, area, middle, last] = korean.exec(digits) ?? [];
  if (area !== undefined) return `${area}-${middle}-${last}`;
  if (foreign.test(digits) && !digits.startsWith("+82")) return digits;
  const message = "must be a Korean number such as 010-1234-5678, or one as +12025550123";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});
