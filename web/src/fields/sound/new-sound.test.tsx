// A new sound: what is sent is what is seen.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import { NewSound } from "./new-sound";
import { asWav } from "./wav";

vi.mock("./wav", () => ({ asWav: vi.fn() }));

/** A microphone that is silent, and a recorder that hears it. */
class Recorder {
  state = "inactive";
  mimeType = "audio/webm";
  ondataavailable?: (event: { data: Blob }) => void;
  onstop?: () => void;
  start() {
    this.state = "recording";
  }
  stop() {
    this.state = "inactive";
    this.ondataavailable?.({ data: new Blob(["sound"]) });
    this.onstop?.();
  }
}

beforeEach(() => {
  vi.stubGlobal("MediaRecorder", Recorder);
  vi.stubGlobal("AudioContext", class {
    createAnalyser = () => ({ fftSize: 0, getFloatTimeDomainData() {} });
    createMediaStreamSource = () => ({ connect() {} });
    close = async () => {};
  });
  Object.defineProperty(navigator, "mediaDevices", { configurable: true, value: { getUserMedia: async () => ({ getTracks: () => [{ stop() {} }] }) } });
  Object.assign(URL, { createObjectURL: () => "blob:take", revokeObjectURL: vi.fn() });
  vi.mocked(asWav).mockResolvedValue({ file: new Blob(["wav"]), seconds: 3 });
  return () => vi.unstubAllGlobals();
});

async function recorded() {
  const user = userEvent.setup();
  render(<QueryClientProvider client={new QueryClient()}><NewSound name="Welcome" onCreated={() => {}} /></QueryClientProvider>);
  await user.click(screen.getByRole("button", { name: "Record" }));
  await user.click(await screen.findByRole("button", { name: "Stop" }));
  return user;
}

test("a take that is left for another source is not kept unseen", async () => {
  const user = await recorded();
  await screen.findByRole("button", { name: "Record again" });
  await user.click(screen.getByRole("radio", { name: "File" }));
  await user.click(screen.getByRole("radio", { name: "Record" }));
  await user.click(screen.getByRole("button", { name: "Add to the library" }));
  expect(await screen.findByText("Record something first.")).toBeVisible();
  expect(URL.revokeObjectURL).toHaveBeenCalledWith("blob:take");
});

test("nor is one that is ready only after it was left", async () => {
  let ready = (_: { file: Blob; seconds: number }) => {};
  vi.mocked(asWav).mockReturnValue(new Promise((resolve) => { ready = resolve; }));
  const user = await recorded();
  await user.click(screen.getByRole("radio", { name: "File" }));
  ready({ file: new Blob(["wav"]), seconds: 3 });
  await user.click(screen.getByRole("radio", { name: "Record" }));
  await user.click(screen.getByRole("button", { name: "Add to the library" }));
  expect(await screen.findByText("Record something first.")).toBeVisible();
});
