import type { CalibrationBin } from "./photo-figures.ts";

const side = 360;
const margin = 48;
const width = side + margin + 16;
const height = side + margin + 40;
const x = (probability: number) => margin + probability * side;
const y = (share: number) => 28 + (1 - share) * side;

const text = (left: number, top: number, words: string, anchor = "middle") =>
  `<text x="${left}" y="${top}" text-anchor="${anchor}">${words}</text>`;

/** An SVG of how often an answer is right by how probable it was held. A calibrated model is on the diagonal. */
export function reliabilityPlot({
  bins,
  error,
}: {
  bins: CalibrationBin[];
  error: number;
}): string {
  const photos = bins.reduce((sum, bin) => sum + bin.photos, 0);
  const filled = bins.filter((bin) => bin.photos > 0);
  const bars = filled.map(({ from, to, photos: count, accuracy }) => {
    const bar = (share: number, color: string) =>
      `<rect x="${x(from) + 1}" y="${y(share)}" width="${(to - from) * side - 2}" height="${y(0) - y(share)}" fill="${color}"/>`;
    return bar(accuracy, "#9ecae1") + bar(count / photos, "#3182bd");
  });
  const points = filled.map(
    ({ confidence, accuracy }) =>
      `<circle cx="${x(confidence)}" cy="${y(accuracy)}" r="3.5" fill="#d94801"/>`,
  );
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map(
    (at) => text(x(at), y(0) + 16, String(at)) + text(x(0) - 6, y(at) + 4, String(at), "end"),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" fill="#222">
<rect width="${width}" height="${height}" fill="#fff"/>
${text(x(0.5), 18, `${photos} photos, expected calibration error ${(100 * error).toFixed(1)} %`)}
${bars.join("\n")}
<line x1="${x(0)}" y1="${y(0)}" x2="${x(1)}" y2="${y(1)}" stroke="#555" stroke-dasharray="4 4"/>
${points.join("\n")}
<path d="M${x(0)} ${y(1)}V${y(0)}H${x(1)}" fill="none" stroke="#222"/>
${ticks.join("\n")}
${text(x(0.5), height - 6, "probability of the answer (dark: share of photos)")}
<text transform="translate(14 ${y(0.5)}) rotate(-90)" text-anchor="middle">right answers</text>
</svg>
`;
}
