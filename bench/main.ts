import { readdir } from "node:fs/promises";

/** `pnpm bench NAME [--json] …` runs the benchmark `bench/NAME.ts`; each prints JSON lines with a ratio. */
const [name, ...rest] = process.argv.slice(2);
const files = await readdir(import.meta.dirname);
const names = files.filter((file) => file.endsWith(".ts") && file !== "main.ts").map((file) => file.slice(0, -3));

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`usage: pnpm bench NAME [--json] …\nbenchmarks: ${names.join(", ")}\n`);
  process.exitCode = 2;
} else {
  const benchmark = (await import(`./${name}.ts`)) as Benchmark;
  await benchmark.run({ json: rest.includes("--json"), args: rest.filter((word) => word !== "--json") });
}

interface Benchmark {
  run(options: { json: boolean; args: string[] }): Promise<void>;
}
