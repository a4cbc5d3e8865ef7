// The telephones of a group, in the order in which they ring.

import { useQueries } from "@tanstack/react-query";
import { extensions } from "@/api/catalogue";
import { recordOptions } from "@/api/resources";
import { FieldFrame } from "@/fields/field";
import { Ordered } from "@/fields/ordered";
import { RecordSelect } from "@/fields/record";
import { useWords } from "@/words";
import { MEMBERS_MAX } from "./values";

interface Member {
  extension_id: number;
}

export function MembersField({ className, disabled }: { className?: string; disabled?: boolean }) {
  const { t } = useWords("ring-groups");
  return (
    <FieldFrame name="members" label={t("members")} required group className={className}>
      {({ value, onChange }, marks) => <Members members={(value ?? []) as Member[]} onMembers={onChange} disabled={disabled} describedBy={marks["aria-describedby"]} />}
    </FieldFrame>
  );
}

function Members({ members, onMembers, disabled, describedBy }: { members: Member[]; onMembers: (members: Member[]) => void; disabled?: boolean; describedBy?: string }) {
  const { t } = useWords("ring-groups");
  const known = useQueries({ queries: members.map(({ extension_id }) => recordOptions(extensions, extension_id)) });
  const nameOf = (member: Member) => {
    const view = known[members.indexOf(member)]?.data?.view;
    return view ? extensions.title(view) : `#${member.extension_id}`;
  };
  const add = (id: number | null) => {
    if (id !== null && !members.some(({ extension_id }) => extension_id === id)) onMembers([...members, { extension_id: id }]);
  };
  return (
    <div className="space-y-2">
      <Ordered items={members} keyOf={({ extension_id }) => String(extension_id)} nameOf={nameOf} onItems={onMembers} disabled={disabled} label={t("members")}>
        {(member, at) => (
          <span className="flex items-center gap-3">
            <span className="w-5 text-right text-muted tabular-nums">{at + 1}</span>
            <span className="truncate">{nameOf(member)}</span>
          </span>
        )}
      </Ordered>
      {!disabled && members.length < MEMBERS_MAX && (
        <RecordSelect resource={extensions} filter={{ type: "user", status: "active" }} value={null} onValue={add} describedBy={describedBy} label={t("add_member")} />
      )}
    </div>
  );
}
