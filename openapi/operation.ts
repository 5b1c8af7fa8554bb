import type { ExtractSchema } from "hono/types";
import type { JSONValue } from "hono/utils/types";
import type { z } from "zod";
import type { app } from "../src/api/app.ts";
import type { ProblemCode } from "../src/api/problem.ts";
import type { Access } from "../src/api/openapi/security.ts";
import type { HeaderName } from "../src/api/openapi/response-headers.ts";
import type { Parameter } from "./parameters.ts";

/** Every route of the app by its path and method, as the compiler knows it. */
type Routes = ExtractSchema<typeof app>;
type Path = Extract<keyof Routes, string>;
export type Method = "get" | "post" | "put" | "patch" | "delete";
type MethodOf<P extends Path> = {
  [M in Method]: `$${M}` extends keyof Routes[P] ? M : never;
}[Method];

/** A value to show, by what it shows. */
export type Examples<Value = unknown> = Readonly<Record<string, Value>>;

/** A body in one media type. Its schema is a named component. */
export interface Content {
  mediaType: string;
  schema: z.ZodType | null;
  examples: Examples;
}

/** One answer that is no problem. */
export interface Answer {
  says: string;
  content: Content | null;
  headers: readonly HeaderName[];
}

/** What is sent, in one of several media types. */
export interface Body {
  required: boolean;
  contents: readonly Content[];
}

interface Said<Answers> {
  /** Names the operation for whoever generates a client. */
  id: string;
  summary: string;
  description?: string;
  /** Who may call it. */
  access: Access;
  parameters?: readonly Parameter[];
  body?: Body;
  /** By status. */
  answers: Answers;
  /** What it may answer beside what everybody of its access may be told. */
  problems?: readonly ProblemCode[];
  /** What the network in front of the Worker may answer, on routes whose own answers say too little. */
  network?: "4XX" | "default";
}

/** One route as the document tells it. */
export interface Operation extends Said<Readonly<Record<number, Answer>>> {
  method: Method;
  /** As the app writes it, with `:name`. */
  path: string;
}

/** Members that may be absent, however their type says so. */
type OptionalKey<Value> = {
  [Key in keyof Value]-?: unknown extends Value[Key]
    ? never
    : undefined extends Value[Key]
      ? Key
      : object extends Pick<Value, Key>
        ? Key
        : never;
}[keyof Value];

/**
 * A type as JSON is compared: arrays that may be changed are no others, a member that may be absent
 * may be undefined, and what is only known to be JSON is anything.
 */
type Compared<Value> = unknown extends Value
  ? "anything"
  : JSONValue extends Value
    ? "anything"
    : Value extends readonly (infer Item)[]
      ? readonly Compared<Item>[]
      : Value extends object
        ? {
            [Key in Exclude<keyof Value, OptionalKey<Value>>]: Compared<Value[Key]>;
          } & {
            [Key in OptionalKey<Value>]?: Compared<Value[Key]> | undefined;
          }
        : Value;

/** What a route's handler answers as JSON; `never` where its type does not say so. */
type Told<P extends Path, M extends Method> = `$${M}` extends keyof Routes[P]
  ? Routes[P][`$${M}`] extends infer Endpoint
    ? Endpoint extends { output: infer Output; outputFormat: "json" }
      ? Compared<Output>
      : never
    : never
  : never;

/** The answers whose JSON is documented by a schema. */
export type Json<Schema extends z.ZodType> = Answer & {
  content: { mediaType: "application/json"; schema: Schema };
};
type Documented<Answers> = {
  [Status in keyof Answers]: Answers[Status] extends Json<infer Schema>
    ? Compared<z.output<Schema>>
    : never;
}[keyof Answers];

/** Both are the same, or the one that is not shows itself in the compiler's error. */
type Agree<Told, Documented> = [Told] extends [never]
  ? unknown
  : [Told] extends [Documented]
    ? [Documented] extends [Told]
      ? unknown
      : { documentedButNeverTold: Exclude<Documented, Told> }
    : { toldButNotDocumented: Exclude<Told, Documented> };

/**
 * Describes a route of the app. A route that is not there, and an answer of another shape than its
 * handler gives, do not compile.
 */
export function operation<
  P extends Path,
  M extends MethodOf<P>,
  Answers extends Readonly<Record<number, Answer>>,
>(method: M, path: P, said: Said<Answers> & Agree<Told<P, M>, Documented<Answers>>): Operation {
  return { method, path, ...said };
}

/** Operations of one resource, as they are shown together. */
export interface Resource {
  tag: string;
  description: string;
  operations: readonly Operation[];
}
