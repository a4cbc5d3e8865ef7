// The trunks of a rule, in the order in which they are tried.

import { useQueries } from "@tanstack/react-query";
import { trunks } from "@/api/catalogue";
import { recordOptions } from "@/api/resources";
import { FieldFrame } from "@/fields/field";
import { Ordered } from "@/fields/ordered";
import { RecordSelect } from "@/fields/record";
import { useWords } from "@/words";
import { TRUNKS_MAX } from "./values";

interface Chosen {
  id: number;
}

export function TrunksField({ className, disabled }: { className?: string; disabled?: boolean }) {
  const { t } = useWords("outbound-rules");
  return (
    <FieldFrame name="trunks" label={t("trunks")} help={t("trunks_more")} group className={className}>
      {({ value, onChange }) => <TrunkOrder chosen={(value ?? []) as Chosen[]} onChosen={onChange} disabled={disabled} />}
    </FieldFrame>
  );
}

function TrunkOrder({ chosen, onChosen, disabled }: { chosen: Chosen[]; onChosen: (chosen: Chosen[]) => void; disabled?: boolean }) {
  const { t } = useWords("outbound-rules");
  const known = useQueries({ queries: chosen.map(({ id }) => recordOptions(trunks, id)) });
  const nameOf = (one: Chosen) => known[chosen.indexOf(one)]?.data?.view.name ?? `#${one.id}`;
  const add = (id: number | null) => {
    if (id !== null && !chosen.some((one) => one.id === id)) onChosen([...chosen, { id }]);
  };
  return (
    <div className="space-y-2">
      <Ordered items={chosen} keyOf={({ id }) => String(id)} nameOf={nameOf} onItems={onChosen} disabled={disabled} label={t("trunks")}>
        {(one) => <span className="truncate px-1">{nameOf(one)}</span>}
      </Ordered>
      {!disabled && chosen.length < TRUNKS_MAX && <RecordSelect resource={trunks} filter={{ status: "active" }} value={null} onValue={add} label={t("add_trunk")} />}
    </div>
  );
}
