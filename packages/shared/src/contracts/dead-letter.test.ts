import { expect, test } from "vitest";
import { deadLetter } from "./dead-letter.ts";

const letter = {
  service: "publisher",
  route: "text-models",
  target: "text",
  code: "REPOSITORY_ARCHIVED",
  message: "archived",
  attempts: 5,
  seq: 42,
  event: { subject: "work.publisher.catalog.text-models.text", data: { any: "thing" } },
};

test("a dead letter of a target names it in its subject and its id", () => {
  const { subject, id } = deadLetter.create(letter);

  expect(subject).toBe("lockstep.dead.publisher.text-models.text");
  expect(id).toBe("dead:publisher:text-models.text:42");
});

test("a dead letter of a route has no target", () => {
  const { target: _none, ...ofRoute } = letter;
  const { subject, id } = deadLetter.create(ofRoute);

  expect(subject).toBe("lockstep.dead.publisher.text-models");
  expect(id).toBe("dead:publisher:text-models:42");
});

test("what was created is what is read", () => {
  const { subject, data } = deadLetter.create(letter);

  expect(deadLetter.parse(subject, JSON.stringify(data))).toEqual(letter);
});

test("the target in the subject wins over the one in the body", () => {
  const body = JSON.stringify(letter);

  expect(deadLetter.parse("lockstep.dead.publisher.text-models.image", body).target).toBe("image");
  expect(() => deadLetter.parse("lockstep.dead.publisher.text-models.image.more", body)).toThrow("target");
});
