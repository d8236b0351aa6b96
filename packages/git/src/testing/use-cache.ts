import { appendFile } from "node:fs/promises";
import { repositoryIdentity } from "@lockstep/shared/contracts";
import { Secret } from "@lockstep/shared/errors";
import { createGit, repositoryCache, tokenCredentials } from "../index.ts";

/**
 * A replica as a process of its own: `node use-cache.ts URL FOLDER LOG ROUNDS`, the token in TOKEN. Notes in LOG when
 * its turns begin and end; with `hold` for ROUNDS it never ends its first.
 */
const [url = "", folder = "", log = "", rounds = ""] = process.argv.slice(2);
const credentials = tokenCredentials(new URL(url).origin, new Secret(process.env["TOKEN"] ?? ""));
const cache = repositoryCache({ folder, git: createGit() });
const signal = AbortSignal.timeout(20_000);

for (let round = 0; round < (Number(rounds) || 1); round += 1) {
  await cache.use({ url, identity: repositoryIdentity(url), credentials }, signal, async (repository) => {
    await appendFile(log, `begin ${process.pid}\n`);
    await repository.fetchBase("main");
    if (rounds === "hold") await new Promise((resolve) => setTimeout(resolve, 20_000));
    await appendFile(log, `end ${process.pid}\n`);
  });
}
