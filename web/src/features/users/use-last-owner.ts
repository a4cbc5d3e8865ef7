// Whether a user is the only owner left: the server keeps the last one, and the form says so before anybody tries.

import { type User, users } from "@/api/catalogue";
import { useList } from "@/api/resources";

export function useIsLastOwner(user: User | undefined): boolean {
  const isOwner = user?.role === "owner" && user.status === "active";
  const owners = useList(users, { role: "owner", status: "active", per_page: 1 }, isOwner);
  return isOwner && owners.data?.total === 1;
}
