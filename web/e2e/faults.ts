// What goes wrong in a page without anybody looking: errors, broken policies, answers that must never come.

import type { BrowserContext, Page } from "@playwright/test";

export class Faults {
  private readonly found: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Watches every page of a browser, from its first byte on. */
  async watch(context: BrowserContext): Promise<void> {
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.effectiveDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
      });
    });
    context.on("page", (page) => this.watchPage(page));
  }

  private watchPage(page: Page): void {
    page.on("pageerror", (error) => this.found.push(`error: ${error.stack ?? error.message}`));
    page.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const text = message.text();
      // Refusals and a server that is away are part of what is tested; an answer of 500 is told below.
      if (/^Failed to load resource: |^WebSocket connection to |net::ERR_/.test(text)) return;
      if (message.type() === "warning" && !/^Warning: |React|policy/i.test(text)) return;
      this.found.push(`console: ${text} (${message.location().url})`);
    });
    page.on("response", (response) => {
      if (response.status() >= 500) this.found.push(`${response.request().method()} ${response.url()} answered ${response.status()}`);
    });
  }

  /** Says of a fault that it is wanted. */
  allow(pattern: RegExp): void {
    this.allowed.push(pattern);
  }

  get all(): string[] {
    return this.found.filter((fault) => !this.allowed.some((pattern) => pattern.test(fault)));
  }
}
