import { startForge, type CallCounts } from "@lockstep/sandbox";
import { createWorld } from "../../services/publisher/src/pull-request/testing/publishing-world.ts";

type Counts = Pick<CallCounts, "fetches" | "pushes" | "api" | "apiWrites">;

/** What the publisher asks of git and forge: for a first change, a change to the open pull request, and no change. */
export async function countPublish(): Promise<Readonly<Record<"opened" | "updated" | "unchanged", Counts>>> {
  await using forge = await startForge();
  await using world = await createWorld(forge, { pullRequest: { labels: ["sync"] } });
  const publish = async (records: Readonly<Record<string, unknown>>): Promise<Counts> => {
    const diff = await world.diff({ text: records });
    forge.log.clear();
    await world.run(diff);
    const { fetches, pushes, api, apiWrites } = forge.log.counts();
    return { fetches, pushes, api, apiWrites };
  };
  const more = { one: 1, two: 2, three: 3 };
  const most = { ...more, four: 4 };
  return { opened: await publish(more), updated: await publish(most), unchanged: await publish(most) };
}
