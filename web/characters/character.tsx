import { type Paint, type Shape, shapeOf } from "./shapes.tsx";

const mouths = {
  smile: "M-7 0q7 8 14 0",
  open: "M-6-1q6 10 12 0Z",
  wave: "M-8 0q4 5 8 0q4 5 8 0",
};

const silhouettePaint: Paint = {
  main: "currentcolor",
  light: "currentcolor",
  dark: "currentcolor",
  accent: "currentcolor",
};

function paintOf({ hue, saturation = 62 }: Shape): Paint {
  const colour = (turn: number, lightness: number) =>
    `hsl(${(hue + turn) % 360} ${saturation}% ${lightness}%)`;
  return {
    main: colour(0, 70),
    light: colour(0, 88),
    dark: colour(0, 24),
    accent: colour(320, 48),
  };
}

interface Props {
  name: string;
  /** Whether it was not met yet: its outline alone. */
  silhouette?: boolean;
}

/** A drawing of a character. */
export function Character({ name, silhouette = false }: Props) {
  const shape = shapeOf(name);
  const paint = silhouette ? silhouettePaint : paintOf(shape);
  const label = silhouette ? `아직 만나지 못한 ${name}` : `캐릭터 ${name}`;
  return (
    <svg
      class={silhouette ? "character silhouette" : "character"}
      viewBox="0 0 100 100"
      role="img"
      aria-label={label}
    >
      <ellipse cx="50" cy="93" rx="28" ry="4" fill="#000" opacity="0.12" />
      {shape.draw(paint)}
      {!silhouette && <Face shape={shape} ink={paint.dark} />}
    </svg>
  );
}

function Face({ shape: { face, mouth }, ink }: { shape: Shape; ink: string }) {
  const { x, y, apart } = face;
  return (
    <g transform={`translate(${x} ${y})`}>
      {[-apart, apart].map((at) => (
        <g key={at} transform={`translate(${at} 0)`}>
          <circle r="4" fill={ink} />
          <circle cx="1.5" cy="-1.5" r="1.300" fill="#fff" />
          <circle cx={at < 0 ? -6 : 6} cy="8" r="4.500" fill="#ff8f82" opacity="0.75" />
        </g>
      ))}
      <path
        d={mouths[mouth]}
        transform="translate(0 9)"
        fill={mouth === "open" ? ink : "none"}
        stroke={ink}
        stroke-width="2.500"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </g>
  );
}
