/** Body shapes in a box of 100 by 100. */
const bodies = [
  "M50 18c22 0 34 15 34 36S70 90 50 90 16 75 16 54s12-36 34-36Z",
  "M48 20c18-4 33 6 37 25s-3 42-30 45-43-15-40-38 15-28 33-32Z",
  "M50 18c10 0 14 7 22 13s14 17 12 31-14 28-34 28-32-13-34-28 4-25 12-31 12-13 22-13Z",
  "M28 24c12-6 34-7 46 2s14 30 10 45-18 19-34 19-30-4-34-21 0-39 12-45Z",
];
const mouths = ["M43 63q7 8 14 0", "M44 62q6 10 12 0Z", "M42 63q4 5 8 0q4 5 8 0"];

/** Characters with a fixed colour; the others get theirs from the hash of the name. */
const ownHues = new Map([["이코", 160]]);

/** A drawing of a character, always the same for a name. */
export function Character({ name }: { name: string }) {
  const seed = hash(name);
  const hue = ownHues.get(name) ?? seed % 360;
  const dark = `hsl(${hue} 55% 22%)`;
  return (
    <svg class="character" viewBox="0 0 100 100" role="img" aria-label={`캐릭터 ${name}`}>
      <ellipse cx="50" cy="92" rx="26" ry="4" fill="#000" opacity="0.12" />
      <path d="M50 22c-1-8 2-14 9-17 3 8 0 14-9 17Z" fill={`hsl(${(hue + 320) % 360} 55% 45%)`} />
      <path d={bodies[seed % bodies.length]} fill={`hsl(${hue} 62% 70%)`} />
      <ellipse cx="38" cy="40" rx="9" ry="6" fill="#fff" opacity="0.35" />
      <circle cx="38" cy="53" r="4" fill={dark} />
      <circle cx="62" cy="53" r="4" fill={dark} />
      <circle cx="39.5" cy="51.5" r="1.3" fill="#fff" />
      <circle cx="63.5" cy="51.5" r="1.3" fill="#fff" />
      <circle cx="29" cy="62" r="5" fill="#ff9b8e" opacity="0.8" />
      <circle cx="71" cy="62" r="5" fill="#ff9b8e" opacity="0.8" />
      <path
        d={mouths[seed % mouths.length]}
        fill="none"
        stroke={dark}
        stroke-width="2.5"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}
