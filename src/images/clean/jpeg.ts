import { asciiOf, bytesOf, joined, readerOf } from "./byte-reader.ts";
import { writerOf } from "./byte-writer.ts";
import type { Cleaned } from "./cleaned.ts";
import { findScan } from "./jpeg-markers.ts";
import { readScan } from "./jpeg-scan.ts";
import type { Scan } from "./jpeg-scan-header.ts";
import { isApplication, markers, walkJpeg } from "./jpeg-segments.ts";
import { exifName, orientationOf, orientationOnly } from "./orientation.ts";
import { colorProfile } from "./color-profile.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";

/** What may be added: standard tables and an orientation. */
const maxAdded = 1_024;

/** What was copied of the metadata so far. */
interface Copied {
  hasOrientation: boolean;
  hasProfile: boolean;
}

/** Reading the codes of a larger progressive photo takes too long. */
const maxProgressiveBytes = 2_000_000;

/** @returns Where the codes of a scan end, and what they are; null when they are not known to be pixels. */
type CodesOf = (photo: Uint8Array, at: number, scan: Scan, budget: Budget) => Codes | null;
interface Codes {
  end: number;
  parts: readonly Uint8Array[];
}

/**
 * A JPEG of the segments that decoding needs. Of the others only the color profile, the orientation,
 * JFIF's density and Adobe's color transform stay: without them it looks different. A photo of which a scan is in doubt
 * ends before the first one that is damaged, or that is cut short in a progressive photo: which of the bytes there are
 * pixels is not known.
 */
export function cleanJpeg(photo: Uint8Array, budget: Budget): Cleaned {
  return (
    cleanWith(foundCodes, photo, budget).whole ??
    cleanWith(readCodes, photo, budget).begun ??
    refuse()
  );
}

function refuse(): never {
  throw damaged("its pixels are damaged or end too early");
}

const foundCodes: CodesOf = (photo, at) => {
  const end = findScan(photo, at);
  return end === null ? null : { end, parts: [photo.subarray(at, end)] };
};

const readCodes: CodesOf = (photo, at, scan, budget) => {
  if (scan.frame.isProgressive && photo.length > maxProgressiveBytes) return null;
  const parts: Uint8Array[] = [];
  const { end, isWhole, isCut } = readScan(photo, at, scan, {
    copy(from, until) {
      budget.read();
      parts.push(photo.subarray(from, until));
    },
  });
  // What is missing of a picture that ends too early is gray, in browsers too.
  return isWhole || (isCut && !scan.frame.isProgressive) ? { end, parts } : null;
};

/** The photo with all of its scans, or with those before the first that is in doubt; null without any. */
function cleanWith(codesOf: CodesOf, photo: Uint8Array, budget: Budget) {
  const { write, written } = writerOf(photo.length + maxAdded);
  write(photo.subarray(0, 2));
  const copied: Copied = { hasOrientation: false, hasProfile: false };
  let scans = 0;
  let isInDoubt = false;

  const { width, height } = walkJpeg(
    photo,
    {
      segment(marker, body) {
        if (isApplication(marker)) applicationParts(copied, marker, body).forEach(write);
        else if (marker !== markers.numberOfLines) write(segment(marker, body));
      },
      scan(scan, { body, added }, at) {
        const codes = codesOf(photo, at, scan, budget);
        isInDoubt = codes === null;
        if (!codes) return null;
        scans += 1;
        for (const table of added) write(segment(markers.huffman, table.body));
        write(segment(markers.startOfScan, body));
        codes.parts.forEach(write);
        return codes.end;
      },
    },
    budget,
  );
  write(Uint8Array.of(0xff, markers.endOfImage));
  const begun: Cleaned | null =
    scans === 0 ? null : { width, height, frames: 1, parts: [written()] };
  return { begun, whole: isInDoubt ? null : begun };
}

const segment = (marker: number, body: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff), body]);

/** What stays of an application's segment: nothing, unless the photo would look different. */
function applicationParts(copied: Copied, marker: number, body: Uint8Array): Uint8Array[] {
  const starts = (name: string, length: number) =>
    body.length >= length && asciiOf(body.subarray(0, name.length)) === name;
  if (marker === markers.app0 && starts("JFIF\0", 14)) {
    // Its last two bytes are the size of a small copy, which may show what was cut away.
    return [segment(marker, joined([body.subarray(0, 12), Uint8Array.of(0, 0)]))];
  }
  if (marker === markers.app1 && starts(exifName, exifName.length) && !copied.hasOrientation) {
    const orientation = orientationOf(body.subarray(exifName.length));
    if (orientation === 1) return [];
    copied.hasOrientation = true;
    return [segment(marker, joined([bytesOf(exifName), orientationOnly(orientation)]))];
  }
  if (marker === markers.app2 && starts(profileName, profileHeader + 4) && !copied.hasProfile) {
    return profileParts(copied, body);
  }
  if (marker === markers.app14 && starts("Adobe", 12)) {
    return [segment(marker, body.subarray(0, 12))];
  }
  return [];
}

const profileName = "ICC_PROFILE\0";
/** Its name, the number of this part, and how many there are. */
const profileHeader = profileName.length + 2;

/** The color profile, of numbers alone. One of several parts has tables, which are not kept. */
function profileParts(copied: Copied, body: Uint8Array): Uint8Array[] {
  const [part, parts] = body.subarray(profileHeader - 2);
  const profile = body.subarray(profileHeader);
  const numbers = colorProfile(profile.subarray(0, readerOf(profile).uint(4)));
  if (part !== 1 || parts !== 1 || !numbers) return [];
  copied.hasProfile = true;
  return [segment(markers.app2, joined([bytesOf(`${profileName}\x01\x01`), numbers]))];
}
