/** Korean numbers: of a region or a mobile, and those that begin with 15, 16 or 18. */
const phoneNumber = /((?<![\d-])(?:0\d{1,2}-\d{3,4}-\d{4}|1[568]\d{2}-\d{4})(?![\d-]))/;

export const phoneAddress = (phone: string): string => `tel:${phone.replaceAll(/[^\d+]/g, "")}`;

/** A text whose phone numbers can be called. */
export const PhoneLinks = ({ text }: { text: string }) => (
  <>
    {text
      .split(phoneNumber)
      .map((part, index) => (index % 2 === 1 ? <a href={phoneAddress(part)}>{part}</a> : part))}
  </>
);
