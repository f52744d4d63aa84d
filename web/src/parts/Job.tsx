import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, onceKey, type Schemas } from "../api/client";
import { useMay } from "./me";
import { useNumber } from "./When";

export type Job = Schemas["JobView"];

const TONES: Record<string, string> = {
  completed: "good",
  completed_with_errors: "warning",
  failed: "danger",
  cancelled: "warning",
  running: "accent",
};

export function isOpen(job: Job): boolean {
  return job.state === "queued" || job.state === "running";
}

export function JobState({ job }: { job: Job }) {
  const { t } = useTranslation();
  return (
    <span className="chip" data-tone={TONES[job.state]}>
      {t(`jobs.states.${job.state}` as "jobs.states.queued", { defaultValue: job.state })}
    </span>
  );
}

/** How far a job is, as a bar and in figures that add up. */
export function JobProgress({ job }: { job: Job }) {
  const { t } = useTranslation();
  const number = useNumber();
  const share = job.total ? Math.min(job.done / job.total, 1) : job.state === "completed" ? 1 : 0;
  return (
    <>
      {isOpen(job) && (
        <div
          className="bar"
          role="progressbar"
          aria-label={t("jobs.progress")}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(share * 100)}
        >
          <div style={{ inlineSize: `${share * 100}%` }} />
        </div>
      )}
      <div>
        {t("segments.numbers", {
          total: number(job.total),
          added: number(job.added + job.changed),
          unchanged: number(job.unchanged),
          failed: number(job.failed),
        })}
      </div>
      {job.reason && <div>{job.reason}</div>}
    </>
  );
}

export function reportOf(bot: string, job: Job): string {
  return `/api/v1/bots/${encodeURIComponent(bot)}/jobs/${encodeURIComponent(job.id)}/report.csv`;
}

export function JobActs({ bot, job }: { bot: string; job: Job }) {
  const { t } = useTranslation();
  const may = useMay();
  const queries = useQueryClient();
  const path = { bot, job: job.id };
  const done = { onSettled: () => queries.invalidateQueries({ queryKey: ["listJobs", bot] }) };
  const cancel = useMutation({
    mutationFn: () =>
      api.POST("/api/v1/bots/{bot}/jobs/{job}/cancel", { params: { path, header: onceKey() } }),
    ...done,
  });
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {isOpen(job) && may("ops") && (
        <Button size="xs" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          {t("jobs.cancel")}
        </Button>
      )}
      {job.failed > 0 && !isOpen(job) && (
        <Button size="xs" variant="default" component="a" href={reportOf(bot, job)} download>
          {t("jobs.report")}
        </Button>
      )}
    </Group>
  );
}
