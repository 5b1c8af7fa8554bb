import { z } from "zod";
import { matchedMunicipality } from "../pipeline/matched-municipality.ts";

const WithRegion = z.looseObject({ region: z.string() });

/** An event's data with the municipality that its region matches, for events of versions that had it as typed. */
export function withMatchedRegion<Data>(data: Data): Data {
  const { data: found } = WithRegion.safeParse(data);
  if (!found) return data;
  const region = matchedMunicipality(found.region);
  return region === found.region ? data : { ...data, region };
}

const Line = z.record(z.string(), z.unknown());

/** NDJSON of the event log with matched regions, byte for byte the same where nothing is to be changed. */
export const withMatchedRegions = (text: string): string =>
  text
    .split("\n")
    .map((line) => {
      const event = line.includes('"region"') ? parsed(line) : null;
      const data = event && withMatchedRegion(event["data"]);
      return event && data !== event["data"] ? JSON.stringify({ ...event, data }) : line;
    })
    .join("\n");

function parsed(line: string) {
  try {
    return Line.parse(JSON.parse(line));
  } catch {
    // Not JSON, or not an event: it was cut, and nobody can read it.
    return null;
  }
}
