// Whether everybody can use a page: axe's rules for WCAG 2.2 AA.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** What makes a page unusable to somebody, as axe weighs it. */
const GRAVE = ["serious", "critical"];

/** Fails where axe finds anything serious; each finding is told with its place and its remedy. */
export async function expectAccessible(page: Page, { without = [] }: { without?: string[] } = {}): Promise<void> {
  const builder = without.reduce((axe, selector) => axe.exclude(selector), new AxeBuilder({ page }).withTags(RULES));
  const { violations } = await builder.analyze();
  const grave = violations.filter(({ impact }) => impact && GRAVE.includes(impact));
  const told = grave.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}\n    ${node.html}\n    ${node.failureSummary ?? ""}`));
  expect(told, told.join("\n")).toEqual([]);
}
