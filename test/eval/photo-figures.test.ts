import { describe, expect, it } from "vitest";
import { photoFigures } from "../../scripts/eval/photo-figures.ts";
import { reliabilityPlot } from "../../scripts/eval/reliability-plot.ts";

const classes = ["paper", "cardboard", "glass", "trash"];
const figures = photoFigures(classes, [
  // Right by category, wrong by class.
  { expected: "paper", probabilities: [0.375, 0.5, 0.125, 0] },
  { expected: "glass", probabilities: [0, 0, 1, 0] },
  // Wrong, and second.
  { expected: "glass", probabilities: [0.5, 0.34, 0.16, 0] },
  // Right, but never alone.
  { expected: "trash", probabilities: [0, 0, 0.03, 0.97] },
]);

describe("photoFigures", () => {
  it("counts classes, categories and the two most probable categories", () => {
    expect(figures.photos).toBe(4);
    expect(figures.class).toEqual({ right: 2, of: 4 });
    expect(figures.category).toEqual({ right: 3, of: 4 });
    expect(figures.topTwo).toEqual({ right: 4, of: 4 });
    expect(figures.byClass).toEqual({
      paper: { right: 0, of: 1 },
      glass: { right: 1, of: 2 },
      trash: { right: 1, of: 1 },
    });
    expect(figures.byCategory).toEqual({
      종이: { right: 1, of: 1 },
      유리병: { right: 1, of: 2 },
      일반종량제폐기물: { right: 1, of: 1 },
    });
  });

  it("counts as sure what is probable enough and can be answered alone", () => {
    expect(figures.sure).toEqual([
      { least: 0.9, photos: 1, accuracy: { right: 1, of: 1 } },
      { least: 0.8, photos: 3, accuracy: { right: 2, of: 3 } },
    ]);
  });

  it("tables the answers by what is on the photo", () => {
    expect(figures.confusion).toEqual({
      paper: { paper: 0, cardboard: 1, glass: 0, trash: 0 },
      glass: { paper: 1, cardboard: 0, glass: 1, trash: 0 },
      trash: { paper: 0, cardboard: 0, glass: 0, trash: 1 },
    });
  });

  it("compares the probability with the share of right answers, bin by bin", () => {
    const { bins, error } = figures.calibration;
    expect(bins).toHaveLength(10);
    expect(bins.map(({ photos }) => photos)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
    expect(bins[8]).toMatchObject({ from: 0.8, to: 0.9, accuracy: 0.5 });
    expect(bins[8]?.confidence).toBeCloseTo((0.875 + 0.84) / 2);
    expect(error).toBeCloseTo(0.5 * Math.abs(0.5 - 0.8575) + 0.5 * Math.abs(1 - 0.985));
  });

  it("refuses a photo of a class that there is not", () => {
    const unknown = { expected: "styrofoam", probabilities: [1, 0, 0, 0] };
    expect(() => photoFigures(classes, [unknown])).toThrow("styrofoam");
  });
});

describe("reliabilityPlot", () => {
  it("draws two bars and a point for each bin with photos", () => {
    const svg = reliabilityPlot(figures.calibration);
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg.match(/<rect/g)).toHaveLength(1 + 2 * 2);
    expect(svg).toContain("4 photos, expected calibration error 18.6 %");
    expect(svg).not.toContain("NaN");
  });
});
