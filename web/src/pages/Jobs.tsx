import { Title } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { JobActs, JobProgress, JobState } from "../parts/Job";
import { useJobs } from "../parts/queries";
import { Empty, Loaded } from "../parts/States";
import { When } from "../parts/When";

const route = getRouteApi("/b/$bot/jobs");

export function Jobs() {
  const { t } = useTranslation();
  const { bot } = route.useParams();
  const jobs = useJobs(bot);
  return (
    <>
      <div className="page-head">
        <Title order={1}>{t("jobs.title")}</Title>
      </div>
      <Loaded of={jobs}>
        {({ jobs: all }) =>
          all.length ? (
            <div className="wide">
              <table className="list cards">
                <thead>
                  <tr>
                    <th>{t("jobs.kind")}</th>
                    <th>{t("jobs.target")}</th>
                    <th>{t("jobs.who")}</th>
                    <th>{t("jobs.state")}</th>
                    <th>{t("jobs.progress")}</th>
                    <th>{t("jobs.started")}</th>
                    <th aria-label={t("states.more")} />
                  </tr>
                </thead>
                <tbody>
                  {[...all]
                    .sort((a, b) => b.created_at.localeCompare(a.created_at))
                    .map((job) => (
                      <tr key={job.id}>
                        <td data-title={t("jobs.kind")}>
                          {t(`jobs.kinds.${job.kind}`)} {job.dry_run && `(${t("jobs.dryRun")})`}
                        </td>
                        <td data-title={t("jobs.target")}>
                          {[job.segment, job.file_name].filter(Boolean).join(" · ") || t("states.none")}
                        </td>
                        <td data-title={t("jobs.who")}>{job.actor}</td>
                        <td data-title={t("jobs.state")}>
                          <JobState job={job} />
                        </td>
                        <td data-title={t("jobs.progress")}>
                          <div>
                            <JobProgress job={job} />
                            {job.seconds_left !== null &&
                              t("jobs.left", { seconds: Math.ceil(job.seconds_left) })}
                          </div>
                        </td>
                        <td data-title={t("jobs.started")}>
                          <When at={job.created_at} />
                        </td>
                        <td>
                          <JobActs bot={bot} job={job} />
                        </td>
                      </tr>
                    ))}
                </tbody>
              </table>
            </div>
          ) : (
            <Empty>{t("jobs.empty")}</Empty>
          )
        }
      </Loaded>
    </>
  );
}
