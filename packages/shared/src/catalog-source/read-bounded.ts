import type { Response } from "undici";
import { PermanentError, TransientError } from "../runtime/errors.ts";

/** A body's bytes, decompressed. Throws SOURCE_TOO_LARGE past `maxBytes`, SOURCE_INCOMPLETE if it breaks off. */
export async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(response.url, maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    throw new TransientError("SOURCE_INCOMPLETE", `${response.url} broke off after ${length} bytes`, { cause: error });
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(url: string, maxBytes: number): PermanentError {
  return new PermanentError("SOURCE_TOO_LARGE", `${url} serves more than ${maxBytes} bytes`, {
    hint: "raise source.maxBytes if the source is right",
  });
}
