import { expect, test } from "vitest";
import { changeDetected, RouteName, type OutgoingEvent } from "@lockstep/shared/contracts";
import { ConflictError, type PublishOptions, type StoredMessage } from "@lockstep/shared/runtime";
import { changesOn } from "./publish-change.ts";

const route = RouteName.parse("text");
const { signal } = new AbortController();

function change(id: string) {
  return { kind: "catalog" as const, route, revision: "r", trigger: { kind: "poll" as const, id } };
}

/** A stream of one subject that forgets ids at once, and counts how it is asked. */
function startStream() {
  const messages: StoredMessage[] = [];
  const store = ({ subject, id, data }: OutgoingEvent) => {
    const seq = messages.length * 10 + 10;
    messages.push({
      subject,
      id,
      seq,
      body: JSON.stringify(data),
      time: "",
      type: "",
      trace: undefined,
      sourceSeq: undefined,
    });
    return seq;
  };
  let reads = 0;
  return {
    messages,
    store,
    reads: () => reads,
    last: async () => {
      reads += 1;
      return messages.at(-1);
    },
    publish: async (event: OutgoingEvent, { expectLast }: PublishOptions = {}) => {
      if (expectLast !== (messages.at(-1)?.seq ?? 0)) throw new ConflictError(event.subject, undefined);
      return { seq: store(event), duplicate: false };
    },
  };
}

function ordinals({ messages }: ReturnType<typeof startStream>): readonly number[] {
  return messages.map(({ subject, body }) => changeDetected.parse(subject, body).ordinal);
}

test("ordinals count up, and the stream is asked for the last event once", async () => {
  const stream = startStream();
  const changes = changesOn(stream);
  const published = await Promise.all(["a", "b", "c"].map((id) => changes.publish(change(id), { signal })));

  expect(published).toEqual([
    { seq: 10, id: "change:text:poll:a" },
    { seq: 20, id: "change:text:poll:b" },
    { seq: 30, id: "change:text:poll:c" },
  ]);
  expect(ordinals(stream)).toEqual([1, 2, 3]);
  expect(stream.reads()).toBe(1);
});

test("what another process published in between is counted as well", async () => {
  const stream = startStream();
  const changes = changesOn(stream);
  await changes.publish(change("a"), { signal });
  await changesOn(stream).publish(change("b"), { signal });
  await changes.publish(change("c"), { signal });

  expect(ordinals(stream)).toEqual([1, 2, 3]);
});

test("the same cause as the last event's is that event, long after the stream forgot its id (I3)", async () => {
  const stream = startStream();
  const first = await changesOn(stream).publish(change("a"), { signal });

  expect(await changesOn(stream).publish(change("a"), { signal })).toMatchObject(first);
  expect(stream.messages).toHaveLength(1);
});

test("whoever lost the right to publish does not, even if that shows only when another was faster", async () => {
  const stream = startStream();
  let isMine = true;
  const guard = async () => {
    if (!isMine) throw new ConflictError("the cursor", undefined);
    // Another takes over between the question and the answer's use.
    isMine = false;
    stream.store(changeDetected.create({ ...change("other"), ordinal: 1, detectedAt: new Date().toISOString() }));
  };

  await expect(changesOn(stream).publish(change("a"), { signal, guard })).rejects.toThrow(ConflictError);
  expect(stream.messages).toHaveLength(1);
});

test("a publication that fails does not stop the next", async () => {
  const stream = startStream();
  const changes = changesOn(stream);
  const failing = changes.publish(change("a"), { signal, guard: () => Promise.reject(new Error("no")) });
  const next = changes.publish(change("b"), { signal });

  await expect(failing).rejects.toThrow("no");
  expect(await next).toMatchObject({ seq: 10 });
});

test("whoever stops does not wait for a stream that does not answer", async () => {
  const stop = new AbortController();
  const changes = changesOn({ ...startStream(), last: () => new Promise(() => undefined) });
  const waiting = changes.publish(change("a"), { signal: stop.signal });
  stop.abort(new Error("stopping"));

  await expect(waiting).rejects.toThrow("stopping");
});
