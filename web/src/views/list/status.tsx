// What most lists have: whether a record takes part in calls, as a column and as a filter.

import { Badge } from "@/ui/badge";
import { useWords } from "@/words";
import type { Column, Filter } from "./columns";

type Status = "active" | "inactive";

export function useStatus(): { column: <View extends { status: Status }>() => Column<View>; filter: Filter } {
  const { t } = useWords();
  return {
    column: () => ({
      name: "status",
      title: t("form.status"),
      sort: "status",
      cell: ({ status }) => <Badge dot tone={status === "active" ? "good" : "neutral"}>{t(status)}</Badge>,
      text: ({ status }) => status,
    }),
    filter: { name: "status", label: t("form.status"), kind: "choice", options: (["active", "inactive"] as const).map((value) => ({ value, label: t(value) })) },
  };
}
