import { describe, expect, it } from "vitest";
import { photoCandidates } from "../../src/photo-model/photo-classes.ts";

describe("photoCandidates", () => {
  it("adds the classes of a category up and puts the most likely first", () => {
    const candidates = photoCandidates(["paper", "glass", "cardboard"], [0.25, 0.4375, 0.3125]);
    expect(candidates).toEqual([
      { category: "종이", probability: 0.5625 },
      { category: "유리병", probability: 0.4375 },
    ]);
  });

  it("refuses a class that has no category", () => {
    expect(() => photoCandidates(["styrofoam"], [1])).toThrow("styrofoam");
  });
});
