import { RunRequest } from "../../contracts/requests.ts";
import type { Bucket } from "../bus/bucket.ts";
import { readJson } from "../bus/read-json.ts";
import type { GivenRequest } from "./handler.ts";

/** What people allowed for a key (`<route>.<target>`), oldest first. Entries that cannot be read are passed over. */
export async function readRequests(bucket: Bucket, key: string): Promise<readonly GivenRequest[]> {
  const names = await bucket.keys(`${key}.*`);
  const found = await Promise.all(names.map((name) => readRequest(bucket, name)));
  return found.filter((request) => request !== undefined).toSorted((one, other) => one.seq - other.seq);
}

/** Forgets requests that were used. */
export async function removeRequests(bucket: Bucket, key: string, used: readonly number[]): Promise<void> {
  for (const seq of used) await bucket.remove(`${key}.${seq}`);
}

async function readRequest(bucket: Bucket, name: string): Promise<GivenRequest | undefined> {
  const { value } = await readJson(bucket, name, RunRequest);
  return value === undefined ? undefined : { ...value, seq: Number(name.split(".").at(-1)) };
}
