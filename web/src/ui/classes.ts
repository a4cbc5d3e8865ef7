// Joins class names; of two that contradict each other, the later one counts.

import { type ClassValue, clsx } from "clsx";
import { twMerge } from "tailwind-merge";

export function classes(...values: ClassValue[]): string {
  return twMerge(clsx(values));
}
