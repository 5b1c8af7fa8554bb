/** A photo file and what is on it. */
export interface LabelledPhoto {
  /** Path below the photos' folder. */
  file: string;
  class: string;
}

/** The fields of a line of CSV. Quoted ones may hold commas and doubled quotes, but no line break. */
const fieldsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain,
  );

/**
 * The photos of a list with the columns `file` and `class`, and with `split` when one split is asked for.
 * @throws Error when a column is missing.
 */
export function parseLabels(csv: string, split?: string): LabelledPhoto[] {
  const [header = [], ...rows] = csv.trim().split(/\r?\n/).map(fieldsOf);
  const column = (name: string) => {
    const index = header.indexOf(name);
    if (index < 0) throw new Error(`The labels have no column "${name}".`);
    return (row: readonly string[]) => row[index] ?? "";
  };
  const [file, className] = [column("file"), column("class")];
  const isWanted =
    split === undefined ? () => true : (row: string[]) => column("split")(row) === split;
  return rows.filter(isWanted).map((row) => ({ file: file(row), class: className(row) }));
}

/** The photos of folders that are named by class. */
export const labelsOfFolders = (files: readonly string[]): LabelledPhoto[] =>
  files.flatMap((file) => {
    const [folder, ...rest] = file.split("/");
    return folder && rest.length > 0 ? [{ file, class: folder }] : [];
  });
