import type { Child } from "hono/jsx";

/** The colours of a drawing. A silhouette has one for all. */
export interface Paint {
  main: string;
  light: string;
  dark: string;
  accent: string;
}

export interface Shape {
  hue: number;
  /** Percent. */
  saturation?: number;
  /** Where the middle between the eyes is, and how far each is from it. */
  face: { x: number; y: number; apart: number };
  mouth: "smile" | "open" | "wave";
  draw: (paint: Paint) => Child;
}

/** One drawing a character, in a box of 100 by 100: each is what it is given for. */
export const shapes: Record<string, Shape> = {
  이코: {
    hue: 160,
    face: { x: 50, y: 55, apart: 12 },
    mouth: "smile",
    draw: ({ main, light, accent }) => (
      <>
        <path d="M50 24c-2-9 1-16 10-20 4 10 0 17-10 20Z" fill={accent} />
        <path d="M49 25c-1-7-6-12-14-13 0 8 5 13 14 13Z" fill={accent} />
        <path d="M50 22c22 0 35 14 35 34S71 91 50 91 15 76 15 56s13-34 35-34Z" fill={main} />
        <ellipse cx="36" cy="39" rx="9" ry="6" fill={light} />
      </>
    ),
  },
  페티: {
    hue: 200,
    face: { x: 50, y: 60, apart: 10 },
    mouth: "open",
    draw: ({ main, light, accent, dark }) => (
      <>
        <rect x="41" y="5" width="18" height="10" rx="3" fill={accent} />
        <path
          d="M43 15h14v8c0 5 14 9 14 20v42c0 4-3 6-7 6H36c-4 0-7-2-7-6V43c0-11 14-15 14-20Z"
          fill={main}
        />
        <path d="M31 76h38M31 82h38" stroke={dark} stroke-width="1.500" opacity="0.35" />
        <path
          d="M36 42c1-5 5-8 8-10"
          stroke={light}
          stroke-width="4"
          stroke-linecap="round"
          fill="none"
        />
      </>
    ),
  },
  메탈리: {
    hue: 215,
    saturation: 18,
    face: { x: 50, y: 52, apart: 12 },
    mouth: "smile",
    draw: ({ main, light, accent, dark }) => (
      <>
        <path d="M28 18h44l5 9v55l-5 9H28l-5-9V27Z" fill={main} />
        <path d="M23 34h54M23 75h54" stroke={accent} stroke-width="5" />
        <ellipse cx="50" cy="18" rx="22" ry="6" fill={light} />
        <path d="M50 18c4-4 9-4 11-2-2 3-6 4-11 2Z" fill={dark} />
        <path d="M31 42v26" stroke={light} stroke-width="4" stroke-linecap="round" />
      </>
    ),
  },
  페이피: {
    hue: 40,
    saturation: 45,
    face: { x: 48, y: 60, apart: 12 },
    mouth: "wave",
    draw: ({ main, light, accent }) => (
      <>
        <path d="M22 12h38l18 18v58c0 2-1 3-3 3H22c-2 0-3-1-3-3V15c0-2 1-3 3-3Z" fill={main} />
        <path d="M60 12v15c0 2 1 3 3 3h15Z" fill={light} />
        <path d="M28 28h24M28 38h40" stroke={accent} stroke-width="4" stroke-linecap="round" />
      </>
    ),
  },
  플리: {
    hue: 340,
    face: { x: 50, y: 60, apart: 12 },
    mouth: "open",
    draw: ({ main, light, accent }) => (
      <>
        <path d="m55 6 6 2-7 24h-6Z" fill={accent} />
        <path d="M26 36h48l-6 50c0 3-3 5-6 5H38c-3 0-6-2-6-5Z" fill={main} />
        <path d="M24 24h52c3 0 4 2 4 4v8H20v-8c0-2 1-4 4-4Z" fill={light} />
        <path d="M33 44l3 30" stroke={light} stroke-width="4" stroke-linecap="round" />
      </>
    ),
  },
  비니: {
    hue: 280,
    face: { x: 50, y: 63, apart: 12 },
    mouth: "smile",
    draw: ({ main, light }) => (
      <>
        <path
          d="M26 36V16c0-6 10-6 10 0v14h28V16c0-6 10-6 10 0v20l10 47c1 5-2 8-7 8H23c-5 0-8-3-7-8Z"
          fill={main}
        />
        <path d="M28 46c-2 8-3 16-4 24" stroke={light} stroke-width="4" stroke-linecap="round" />
      </>
    ),
  },
  폼이: {
    hue: 190,
    saturation: 30,
    face: { x: 50, y: 62, apart: 13 },
    mouth: "wave",
    draw: ({ main, light, dark }) => (
      <>
        <path d="M16 44h68v39c0 5-3 8-8 8H24c-5 0-8-3-8-8Z" fill={main} />
        <path
          d="M16 26h68c4 0 6 2 6 6v8c0 4-2 6-6 6H16c-4 0-6-2-6-6v-8c0-4 2-6 6-6Z"
          fill={light}
        />
        <path
          d="M24 34h.1M38 36h.1M53 33h.1M67 36h.1M78 34h.1M26 82h.1M42 85h.1M60 84h.1M74 80h.1"
          stroke={dark}
          stroke-width="3"
          stroke-linecap="round"
          opacity="0.3"
        />
      </>
    ),
  },
  글래시: {
    hue: 145,
    face: { x: 50, y: 65, apart: 11 },
    mouth: "smile",
    draw: ({ main, light, accent }) => (
      <>
        <path
          d="M43 6h14v24c0 5 18 10 18 25v29c0 4-3 7-7 7H32c-4 0-7-3-7-7V55c0-15 18-20 18-25Z"
          fill={main}
        />
        <rect x="41" y="4" width="18" height="8" rx="2" fill={accent} />
        <path
          d="M32 58c0-8 6-12 10-16"
          stroke={light}
          stroke-width="4"
          stroke-linecap="round"
          fill="none"
        />
        <path d="M68 60v18" stroke={light} stroke-width="3" stroke-linecap="round" />
      </>
    ),
  },
  팩토리: {
    hue: 25,
    face: { x: 50, y: 64, apart: 12 },
    mouth: "open",
    draw: ({ main, light, accent }) => (
      <>
        <path d="M35 6h30v10H35Z" fill={accent} />
        <path d="M35 16h30l11 22H24Z" fill={light} />
        <path d="M24 38h52v50c0 2-1 3-3 3H27c-2 0-3-1-3-3Z" fill={main} />
        <path d="M24 38h52v8H24Z" fill={accent} opacity="0.6" />
      </>
    ),
  },
  배리: {
    hue: 50,
    face: { x: 50, y: 62, apart: 11 },
    mouth: "smile",
    draw: ({ main, accent, dark }) => (
      <>
        <rect x="41" y="6" width="18" height="12" rx="3" fill={dark} />
        <rect x="27" y="15" width="46" height="76" rx="9" fill={main} />
        <path d="M27 42V24c0-5 4-9 9-9h28c5 0 9 4 9 9v18Z" fill={accent} />
        <path d="m54 20-10 12h7l-4 9 10-13h-7Z" fill={dark} />
      </>
    ),
  },
  라이티: {
    hue: 60,
    face: { x: 50, y: 42, apart: 12 },
    mouth: "open",
    draw: ({ main, light, accent, dark }) => (
      <>
        <path
          d="M50 8c19 0 31 13 31 30 0 13-8 19-13 27-2 3-2 5-2 8H34c0-3 0-5-2-8-5-8-13-14-13-27C19 21 31 8 50 8Z"
          fill={main}
        />
        <path d="M35 75h30v7c0 6-6 9-15 9s-15-3-15-9Z" fill={dark} />
        <path d="M35 81h30" stroke={accent} stroke-width="3" />
        <path
          d="M29 36c0-8 5-14 12-16"
          stroke={light}
          stroke-width="4"
          stroke-linecap="round"
          fill="none"
        />
      </>
    ),
  },
  코튼: {
    hue: 5,
    face: { x: 50, y: 54, apart: 11 },
    mouth: "smile",
    draw: ({ main, light, accent }) => (
      <>
        <path
          d="M36 16c4 8 24 8 28 0l16 7 14 22-15 9-7-9v42c0 3-1 4-4 4H32c-3 0-4-1-4-4V45l-7 9-15-9 14-22Z"
          fill={main}
        />
        <path d="M36 16c4 8 24 8 28 0-2 14-26 14-28 0Z" fill={accent} />
        <path d="M34 74h12" stroke={light} stroke-width="4" stroke-linecap="round" />
      </>
    ),
  },
  일렉: {
    hue: 245,
    face: { x: 50, y: 52, apart: 13 },
    mouth: "wave",
    draw: ({ main, light, accent, dark }) => (
      <>
        <path
          d="M36 6l14 18L64 6"
          stroke={dark}
          stroke-width="4"
          stroke-linecap="round"
          fill="none"
        />
        <rect x="12" y="24" width="76" height="58" rx="10" fill={main} />
        <rect x="20" y="32" width="60" height="42" rx="6" fill={light} />
        <path d="M30 82h10l-3 9h-9ZM60 82h10l2 9h-9Z" fill={accent} />
      </>
    ),
  },
};

/** Bodies of characters without a drawing of their own. */
const bodies = [
  "M50 18c22 0 34 15 34 36S70 90 50 90 16 75 16 54s12-36 34-36Z",
  "M48 20c18-4 33 6 37 25s-3 42-30 45-43-15-40-38 15-28 33-32Z",
  "M50 18c10 0 14 7 22 13s14 17 12 31-14 28-34 28-32-13-34-28 4-25 12-31 12-13 22-13Z",
  "M28 24c12-6 34-7 46 2s14 30 10 45-18 19-34 19-30-4-34-21 0-39 12-45Z",
];

/** The drawing of any name, always the same: a catalog grows without this page. */
export function shapeOf(name: string): Shape {
  const own = shapes[name];
  if (own) return own;
  const seed = hash(name);
  return {
    hue: seed % 360,
    face: { x: 50, y: 54, apart: 12 },
    mouth: (["smile", "open", "wave"] as const)[seed % 3] ?? "smile",
    draw: ({ main, light }) => (
      <>
        <path d={bodies[seed % bodies.length]} fill={main} />
        <ellipse cx="37" cy="38" rx="9" ry="6" fill={light} />
      </>
    ),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}
