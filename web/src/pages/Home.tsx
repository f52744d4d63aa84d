import { Card, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, got } from "../api/client";
import { JobProgress, JobState } from "../parts/Job";
import { useJobs, segmentsOf } from "../parts/queries";
import { PageLink } from "../parts/PageLink";
import { Loaded } from "../parts/States";
import { useNumber, When } from "../parts/When";

const route = getRouteApi("/b/$bot");

export function Home() {
  const { t } = useTranslation();
  const number = useNumber();
  const { bot } = route.useParams();
  const flow = useQuery({
    queryKey: ["showFlow", bot],
    queryFn: () => got(api.GET("/api/v1/bots/{bot}/flow", { params: { path: { bot } } })),
  });
  const segments = useQuery(segmentsOf(bot));
  const jobs = useJobs(bot);
  return (
    <>
      <div className="page-head">
        <Title order={1}>{bot}</Title>
      </div>
      <SimpleGrid cols={{ base: 1, md: 3 }}>
        <Card withBorder radius={12} component="section" aria-labelledby="home-live">
          <Title order={2} id="home-live">
            {t("home.live")}
          </Title>
          <Loaded of={flow}>
            {({ live }) =>
              live ? (
                <Stack gap={4}>
                  <Text size="xl" fw={650}>
                    {t("home.revision", { number: live.number })}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {live.author} · <When at={live.pushed_at} />
                  </Text>
                  {live.note && <Text size="sm">{live.note}</Text>}
                </Stack>
              ) : (
                <Text size="sm" c="dimmed">
                  {t("home.nothingLive")}
                </Text>
              )
            }
          </Loaded>
        </Card>
        <Card withBorder radius={12} component="section" aria-labelledby="home-segments">
          <Title order={2} id="home-segments">
            {t("home.segments")}
          </Title>
          <Loaded of={segments}>
            {({ segments: all }) => {
              const largest = [...all].sort((a, b) => b.members - a.members).slice(0, 6);
              const most = Math.max(1, ...largest.map((one) => one.members));
              return (
                <Stack gap={6} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
                  {largest.map((one) => (
                    <li key={one.id}>
                      <PageLink to="/b/$bot/segments/$segment" params={{ bot, segment: one.id }}>
                        {one.name}
                      </PageLink>
                      <Text span size="sm" c="dimmed">
                        {" "}
                        {number(one.members)}
                      </Text>
                      <div className="bar" aria-hidden>
                        <div style={{ inlineSize: `${(one.members / most) * 100}%` }} />
                      </div>
                    </li>
                  ))}
                </Stack>
              );
            }}
          </Loaded>
        </Card>
        <Card withBorder radius={12} component="section" aria-labelledby="home-jobs">
          <Title order={2} id="home-jobs">
            {t("home.jobs")}
          </Title>
          <Loaded of={jobs}>
            {({ jobs: all }) =>
              all.length ? (
                <Stack gap="sm">
                  {all.slice(0, 4).map((job) => (
                    <Text size="sm" component="div" key={job.id}>
                      {job.segment || job.file_name} <JobState job={job} />
                      <JobProgress job={job} />
                    </Text>
                  ))}
                </Stack>
              ) : (
                <Text size="sm" c="dimmed">
                  {t("home.noJobs")}
                </Text>
              )
            }
          </Loaded>
        </Card>
      </SimpleGrid>
    </>
  );
}
