import { describe, expect, it } from "vitest";
import { labelsOfFolders, parseLabels } from "../../scripts/eval/labelled-photos.ts";

describe("parseLabels", () => {
  const csv = 'file,class,split,licence\na.jpg,glass,test,"MIT, ""as is"""\nb.jpg,metal,train,\n';

  it("reads columns by their names, whatever is quoted beside them", () => {
    expect(parseLabels(csv)).toEqual([
      { file: "a.jpg", class: "glass" },
      { file: "b.jpg", class: "metal" },
    ]);
    const quotedFirst = parseLabels('licence,class,file\n"MIT, ""as is""",glass,"a, b.jpg"');
    expect(quotedFirst).toEqual([{ file: "a, b.jpg", class: "glass" }]);
  });

  it("keeps one split", () => {
    expect(parseLabels(csv, "test")).toEqual([{ file: "a.jpg", class: "glass" }]);
  });

  it("refuses a list without a column that is needed", () => {
    expect(() => parseLabels("file,label\na.jpg,glass")).toThrow('no column "class"');
    expect(() => parseLabels("file,class\na.jpg,glass", "test")).toThrow('no column "split"');
  });
});

describe("labelsOfFolders", () => {
  it("takes the first folder as the class and leaves out what is in none", () => {
    expect(labelsOfFolders(["glass/a.jpg", "metal/b/c.png", "README.md"])).toEqual([
      { file: "glass/a.jpg", class: "glass" },
      { file: "metal/b/c.png", class: "metal" },
    ]);
  });
});
