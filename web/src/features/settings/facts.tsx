// Names and values of something that is only looked at.

import type { ReactNode } from "react";

export interface Fact {
  name: string;
  value: ReactNode;
}

export function Facts({ facts }: { facts: readonly (Fact | false | null | undefined | "")[] }) {
  return (
    <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2 xl:grid-cols-3">
      {facts.filter((fact) => Boolean(fact)).map((fact) => {
        const { name, value } = fact as Fact;
        return (
          <div key={name} className="min-w-0">
            <dt className="text-[13px] text-muted">{name}</dt>
            <dd className="mt-0.5 break-words [&_time]:whitespace-normal">{value ?? "–"}</dd>
          </div>
        );
      })}
    </dl>
  );
}
