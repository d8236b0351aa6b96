import { Installation } from "../installation.ts";
import { machineFileSystem } from "../file-system.ts";
import { interpose } from "./interposed-file-system.ts";
import { updateSample } from "./kill-points.ts";

/**
 * An update as a process of its own: `node update-and-die.fixture.ts ROOT POINT`. Kills itself with SIGKILL before the
 * operation with this number, counted from 1; prints how many there were if it survives.
 */
const [root = "", point = "0"] = process.argv.slice(2);
let operations = 0;
const files = interpose(machineFileSystem, () => {
  operations += 1;
  if (operations === Number(point)) process.kill(process.pid, "SIGKILL");
});

await updateSample(await Installation.open({ files, root, keep: 0 }));
process.stdout.write(`${operations}\n`);
