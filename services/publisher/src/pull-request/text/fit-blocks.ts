/** Joins blocks as long as they fit into `budget` characters, and says how many did not. */
export function fitBlocks(blocks: readonly string[], budget: number, separator: string): Fitted {
  const kept: string[] = [];
  let length = 0;
  for (const block of blocks) {
    const more = block.length + (kept.length === 0 ? 0 : separator.length);
    if (length + more > budget) break;
    kept.push(block);
    length += more;
  }
  return { text: kept.join(separator), left: blocks.length - kept.length };
}

export interface Fitted {
  readonly text: string;
  /** How many blocks are not in the text. */
  readonly left: number;
}
