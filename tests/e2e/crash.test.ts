import { expect, test } from "vitest";
import { prPublished, RouteName, trigger } from "@lockstep/shared/contracts";
import { repository, route, startWorld, text } from "./world.ts";

const records = { "Aurora-8B": { name: "Aurora-8B", parameters: 8 } };
const services = ["watcher", "comparator", "publisher"] as const;
/** The events between which a service is killed, in the order of the pipeline. */
const steps = ["trigger", "change-detected", "diff-computed", "pr-published"] as const;

const cases = services.flatMap((service) => steps.map((step) => ({ service, step })));

test.concurrent.for(cases)(
  "kill -9 of the $service right after $step: one pull request, the right content",
  async ({ service, step }) => {
    await using world = await startWorld({ records, target: {} });
    world.start(...services.filter((name) => name !== service));
    const victim = world.start(service);
    const { seq } = await world.bus.publish(trigger.create({ route: RouteName.parse(route), requestId: "crash" }));

    await world.event(({ subject }) => subject.startsWith(`lockstep.${step}.`), seq);
    await victim.kill();
    world.start(service);
    // A second change must find its way past whatever the dead process left.
    await world.source.setRecord("text_generation", "Borealis-13B", { name: "Borealis-13B", parameters: 13 });
    const again = await world.bus.publish(trigger.create({ route: RouteName.parse(route), requestId: "after" }));
    const change = await world.event(
      ({ subject, body }) => subject.startsWith("lockstep.change-detected.") && body.includes(`"id":"${again.seq}"`),
      again.seq,
    );
    const outcome = await world.event(({ subject, body }) => {
      if (!subject.startsWith("lockstep.pr-published.")) return false;
      const { throughSeq, remaining } = prPublished.parse(subject, body);
      return throughSeq >= change.seq && remaining === 0;
    }, change.seq);

    const { number, branch } = prPublished.parse(outcome.subject, outcome.body);
    expect(world.forge.pulls(repository)).toHaveLength(1);
    expect(number).toBe(1);
    const wanted = { ...records, "Borealis-13B": { name: "Borealis-13B", parameters: 13 } };
    expect((await world.forge.readFile(repository, branch, "db.json")).toString()).toBe(text(wanted));
    expect(world.forge.violations).toEqual([]);
  },
);
