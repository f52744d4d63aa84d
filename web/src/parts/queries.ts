import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, got } from "../api/client";
import { isOpen } from "./Job";

export const segmentsOf = (bot: string) =>
  queryOptions({
    queryKey: ["listSegments", bot],
    queryFn: () => got(api.GET("/api/v1/bots/{bot}/segments", { params: { path: { bot } } })),
  });

/** Jobs, asked again each second while one is under way; when one ends, what it may have changed is asked again too. */
export function useJobs(bot: string) {
  const queries = useQueryClient();
  const jobs = useQuery({
    queryKey: ["listJobs", bot],
    queryFn: () =>
      got(api.GET("/api/v1/bots/{bot}/jobs", { params: { path: { bot }, query: { limit: 100 } } })),
    refetchInterval: (query) => (query.state.data?.jobs.some(isOpen) ? 1000 : 15_000),
  });
  const ended = jobs.data?.jobs.filter((job) => !isOpen(job)).length;
  const before = useRef(ended);
  useEffect(() => {
    if (before.current !== undefined && ended !== undefined && ended > before.current)
      for (const name of ["listSegments", "showSegment", "listMembers", "listContacts", "count"])
        void queries.invalidateQueries({ queryKey: [name, bot] });
    before.current = ended;
  }, [ended, bot, queries]);
  return jobs;
}

export const countOf = (bot: string, filter: string) =>
  queryOptions({
    queryKey: ["count", bot, filter],
    queryFn: ({ signal }) =>
      got(api.POST("/api/v1/bots/{bot}/counts", { params: { path: { bot } }, body: { filter }, signal })),
  });
