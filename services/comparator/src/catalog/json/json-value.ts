/**
 * JSON without loss: numbers keep their text, objects keep the order of their members (integer-like
 * names too), repeated members and `__proto__`. `JSON.parse` keeps none of these.
 */
export type JsonValue = JsonObject | JsonArray | JsonString | JsonNumber | JsonLiteral;

export interface JsonObject {
  readonly kind: "object";
  readonly members: readonly JsonMember[];
}

export interface JsonMember {
  readonly name: string;
  readonly value: JsonValue;
}

export interface JsonArray {
  readonly kind: "array";
  readonly items: readonly JsonValue[];
}

interface JsonString {
  readonly kind: "string";
  readonly value: string;
}

interface JsonNumber {
  readonly kind: "number";
  /** As it was written: `3.0`, `1e9`. */
  readonly text: string;
}

interface JsonLiteral {
  readonly kind: "literal";
  readonly text: "true" | "false" | "null";
}

/** A range of bytes, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value that knows where in its file it stands. */
export type LocatedValue = LocatedObject | LocatedArray | ((JsonString | JsonNumber | JsonLiteral) & Span);

export interface LocatedObject extends JsonObject, Span {
  readonly members: readonly LocatedMember[];
}

export interface LocatedArray extends JsonArray, Span {
  readonly items: readonly LocatedValue[];
}

/** `start` is at the opening quote of the name, `end` behind the value. */
export interface LocatedMember extends JsonMember, Span {
  readonly value: LocatedValue;
}

/** Members by name, in the order of their first appearance; of a repeated one the last counts. */
export function membersByName<Member extends JsonMember>(object: {
  readonly members: readonly Member[];
}): Map<string, Member> {
  const byName = new Map<string, Member>();
  for (const member of object.members) byName.set(member.name, member);
  return byName;
}

/** A list that holds neither lists nor objects. */
export function isPlainList({ items }: JsonArray): boolean {
  return items.every(({ kind }) => kind !== "array" && kind !== "object");
}
