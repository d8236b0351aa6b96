import { changePull, type Label } from "../state.ts";
import { pullEvent } from "../events.ts";
import {
  created,
  inRepository,
  ok,
  validationFailed,
  notFound,
  type Answer,
  type RepositoryCall,
} from "./operation.ts";
import { page } from "./page.ts";
import { findPull } from "./pulls.ts";
import { representLabel, representLabels } from "./represent-label.ts";

type GivenLabels = readonly (string | { readonly name?: string })[];

/** GitHub takes a list, an object with a list, and either of names or of objects. */
type LabelsBody = GivenLabels | { readonly labels?: GivenLabels } | undefined;

interface NewLabel {
  readonly name: string;
  readonly color?: string;
  readonly description?: string;
}

export const labelOperations = [
  inRepository("issues/list-labels-for-repo", "read", ({ repository, ...call }) =>
    page(call, repository.labels, (label) => representLabel(call.world, repository, label)),
  ),
  inRepository<NewLabel>("issues/create-label", "write", (call) => {
    const { world, repository, body } = call;
    if (findLabel(repository.labels, body.name) !== undefined)
      throw validationFailed({ resource: "Label", field: "name", code: "already_exists" });
    const label = addLabel(call, body);
    return created(representLabel(world, repository, label));
  }),
  inRepository("issues/list-labels-on-issue", "read", ({ repository, ...call }) => {
    const shown = representLabels(call.world, repository, findPull({ repository, params: call.params }));
    return page(call, shown, (label) => label);
  }),
  inRepository<LabelsBody>("issues/add-labels", "write", (call) => {
    const added = nameLabels(call, labelNames(listOf(call.body)));
    return setLabels(call, [...new Set([...findPull(call).labels, ...added])]);
  }),
  inRepository<LabelsBody>("issues/set-labels", "write", (call) =>
    setLabels(call, nameLabels(call, labelNames(listOf(call.body)))),
  ),
  inRepository("issues/remove-label", "write", (call) => {
    const { labels } = findPull(call);
    const gone = labels.find((label) => label.toLowerCase() === call.params["name"]?.toLowerCase());
    if (gone === undefined) throw notFound();
    return setLabels(
      call,
      labels.filter((label) => label !== gone),
    );
  }),
];

function setLabels(call: RepositoryCall, labels: readonly string[]): Answer {
  const { world, repository, user } = call;
  const pull = changePull(repository, findPull(call), { labels });
  pullEvent(world, repository, { pull, action: "labeled", by: user.login });
  return ok(representLabels(world, repository, pull));
}

function listOf(body: LabelsBody): GivenLabels {
  if (body === undefined) return [];
  return "labels" in body ? (body.labels ?? []) : (body as GivenLabels);
}

/** The names in any of the forms that GitHub takes. */
export function labelNames(given: GivenLabels): readonly string[] {
  return given.map((label) => (typeof label === "string" ? label : (label.name ?? "")));
}

/** The labels of those names as the repository writes them; unknown ones are made, as GitHub does. */
export function nameLabels(
  call: Pick<RepositoryCall, "world" | "repository">,
  names: readonly string[],
): readonly string[] {
  return names.map((name) => (findLabel(call.repository.labels, name) ?? addLabel(call, { name })).name);
}

function findLabel(labels: readonly Label[], name: string): Label | undefined {
  return labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
}

function addLabel({ world, repository }: Pick<RepositoryCall, "world" | "repository">, label: NewLabel): Label {
  const { name, color = "ededed", description = null } = label;
  const added: Label = { id: world.state.nextId++, name, color, description };
  repository.labels = [...repository.labels, added];
  return added;
}
