import { useQuery } from "@tanstack/react-query";
import { api, got, type Schemas } from "../api/client";

export type Role = Schemas["Role"];
const RANK: Record<Role, number> = { viewer: 0, ops: 1, builder: 2, admin: 3 };

/** Who is signed in; null where nobody is. */
export function useSession() {
  return useQuery({
    queryKey: ["showSession"],
    queryFn: async () => (await got(api.GET("/api/v1/session"))).me,
    staleTime: 60_000,
  });
}

let last: Schemas["Me"] | undefined;

/** Who is signed in, or was until just now: whoever is signed out by the server finds the page as it was. */
export function useMe(): Schemas["Me"] | undefined {
  const { data } = useSession();
  if (data) last = data;
  return data ?? last;
}

/** Whether who is signed in may do what a role may. */
export function useMay(): (needed: Role) => boolean {
  const role = useMe()?.role;
  return (needed) => role !== undefined && RANK[role] >= RANK[needed];
}
