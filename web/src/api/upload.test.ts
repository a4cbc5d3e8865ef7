// What comes back while a file is on its way.

import { renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { sessionEnded, useSessionOver } from "./session";
import { upload } from "./upload";

/** Answers every request at once. */
function answering(status: number) {
  vi.stubGlobal("XMLHttpRequest", class {
    status = status;
    statusText = "";
    response = { message: "said by the server" };
    upload = {};
    onload = () => {};
    open() {}
    setRequestHeader() {}
    send() { this.onload(); }
  });
  return upload({ method: "POST", path: "recordings", form: new FormData() });
}

afterEach(() => {
  vi.unstubAllGlobals();
  sessionEnded(false);
});

test("a session that is over asks to sign in again", async () => {
  await expect(answering(401)).rejects.toThrow("said by the server");
  expect(renderHook(() => useSessionOver()).result.current).toBe(true);
});

test("another refusal is one of the file alone", async () => {
  await expect(answering(422)).rejects.toThrow("said by the server");
  expect(renderHook(() => useSessionOver()).result.current).toBe(false);
});
