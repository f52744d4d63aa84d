import { Button, Card, FileInput, Group, Progress, Stack, Tabs, Text, Textarea, Title } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got, onceKey, type Schemas } from "../api/client";
import { problemOf } from "../api/problems";
import { JobActs, JobProgress, JobState } from "../parts/Job";
import { useMay } from "../parts/me";
import { useJobs } from "../parts/queries";
import { PageLink } from "../parts/PageLink";
import { Empty, Loaded, ProblemAlert } from "../parts/States";
import { useNumber, When } from "../parts/When";

const route = getRouteApi("/b/$bot/segments/$segment");
const MOST = 1000;
const GOOD = new Set(["added", "removed", "unchanged"]);

function Members({ bot, segment }: { bot: string; segment: string }) {
  const { t } = useTranslation();
  const members = useInfiniteQuery({
    queryKey: ["listMembers", bot, segment],
    initialPageParam: "",
    queryFn: ({ pageParam: cursor }) =>
      got(
        api.GET("/api/v1/bots/{bot}/segments/{segment}/members", {
          params: { path: { bot, segment }, query: { limit: 200, cursor } },
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <Loaded of={members}>
      {({ pages }) => {
        const people = pages.flatMap((one) => one.contacts);
        if (!people.length) return <Empty>{t("segment.noMembers")}</Empty>;
        return (
          <div className="wide">
            <table className="list cards">
              <thead>
                <tr>
                  <th>{t("contacts.name")}</th>
                  <th>{t("contacts.email")}</th>
                  <th>{t("contacts.lastSeen")}</th>
                </tr>
              </thead>
              <tbody>
                {people.map((one) => (
                  <tr key={one.id}>
                    <td data-title={t("contacts.name")}>
                      <PageLink to="/b/$bot/contacts" params={{ bot }} search={{ open: one.id }}>
                        {one.name || one.id}
                      </PageLink>
                    </td>
                    <td data-title={t("contacts.email")}>{one.email || t("states.none")}</td>
                    <td data-title={t("contacts.lastSeen")}>
                      <When at={one.last_seen} never={t("when.never")} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
            {members.hasNextPage && (
              <Button
                mt="md"
                variant="default"
                loading={members.isFetchingNextPage}
                onClick={() => void members.fetchNextPage()}
              >
                {t("states.more")}
              </Button>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

function AddUsers({ bot, segment }: { bot: string; segment: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [results, setResults] = useState<Schemas["MemberResults"] | null>(null);
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const handles = [...new Set(lines)];
  const doubled = lines.length - handles.length;
  const change = useMutation({
    mutationFn: (act: "add" | "remove") => {
      const params = { path: { bot, segment }, header: onceKey() };
      const body = { handles };
      return got(
        act === "add"
          ? api.POST("/api/v1/bots/{bot}/segments/{segment}/members", { params, body })
          : api.POST("/api/v1/bots/{bot}/segments/{segment}/members/remove", { params, body }),
      );
    },
    onSuccess: (found) => {
      setResults(found);
      void queries.invalidateQueries({ queryKey: ["listMembers", bot, segment] });
      void queries.invalidateQueries({ queryKey: ["showSegment", bot, segment] });
      void queries.invalidateQueries({ queryKey: ["listSegments", bot] });
    },
  });
  const counted = [
    t("segment.handlesHelp", { count: handles.length }),
    ...(doubled ? [t("segment.doubled", { count: doubled })] : []),
  ].join(", ");
  return (
    <Stack maw={720}>
      <Textarea
        label={t("segment.handles")}
        description={counted}
        error={handles.length > MOST ? t("segment.tooMany") : undefined}
        autosize
        minRows={6}
        maxRows={16}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group>
        <Button
          disabled={!handles.length || handles.length > MOST}
          loading={change.isPending && change.variables === "add"}
          onClick={() => change.mutate("add")}
        >
          {t("segment.addThem")}
        </Button>
        <Button
          variant="default"
          disabled={!handles.length || handles.length > MOST}
          loading={change.isPending && change.variables === "remove"}
          onClick={() => change.mutate("remove")}
        >
          {t("segment.removeThem")}
        </Button>
      </Group>
      {change.isError && <ProblemAlert error={change.error} />}
      {results && (
        <div>
          <Text fw={550} role="status">
            {t("segment.result", { count: results.changed })}
          </Text>
          <table className="list">
            <thead>
              <tr>
                <th>{t("segment.person")}</th>
                <th>{t("segment.outcome")}</th>
              </tr>
            </thead>
            <tbody>
              {results.outcomes.map((one, place) => (
                <tr key={`${place} ${one.value}`}>
                  <td>{one.value}</td>
                  <td>
                    <span className="chip" data-tone={GOOD.has(one.outcome) ? "good" : "warning"}>
                      {t(`segment.outcomes.${one.outcome}` as "segment.outcomes.added", {
                        defaultValue: one.outcome,
                      })}
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Stack>
  );
}

/** Sends a file and tells how much of it has gone: fetch can't. */
function send(address: string, file: File, told: (share: number) => void): Promise<void> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Content-Type", "text/csv");
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) done();
      else {
        const headers = { "Retry-After": request.getResponseHeader("Retry-After") ?? "0" };
        void problemOf(new Response(request.responseText, { status: request.status, headers })).then(failed);
      }
    };
    request.onerror = () => void problemOf(Response.error()).then(failed);
    request.send(file);
  });
}

function Upload({ bot, segment }: { bot: string; segment: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const jobs = useJobs(bot);
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState(0);
  const upload = useMutation({
    mutationFn: (chosen: File) => {
      const query = new URLSearchParams({ file_name: chosen.name });
      const address = `/api/v1/bots/${encodeURIComponent(bot)}/segments/${encodeURIComponent(segment)}/imports?${query}`;
      return send(address, chosen, setShare);
    },
    onSuccess: () => {
      setFile(null);
      void queries.invalidateQueries({ queryKey: ["listJobs", bot] });
    },
  });
  const percent = Math.round(share * 100);
  return (
    <Stack maw={720}>
      <FileInput
        label={t("segment.file")}
        description={t("segment.fileHelp")}
        placeholder={t("segment.choose")}
        accept=".csv,.txt,text/csv,text/plain"
        clearable
        clearButtonProps={{ "aria-label": t("segments.clear") }}
        value={file}
        onChange={setFile}
      />
      <Group>
        <Button disabled={!file} loading={upload.isPending} onClick={() => file && upload.mutate(file)}>
          {t("segment.start")}
        </Button>
      </Group>
      {upload.isPending && (
        <Progress.Root size="sm">
          <Progress.Section value={percent} aria-label={t("segment.sent", { percent })} />
        </Progress.Root>
      )}
      {upload.isSuccess && <Text role="status">{t("segment.queued")}</Text>}
      {upload.isError && <ProblemAlert error={upload.error} />}
      <Title order={2}>{t("segment.jobs")}</Title>
      <Loaded of={jobs}>
        {({ jobs: all }) => (
          <Stack>
            {all
              .filter((job) => job.segment === segment)
              .map((job) => (
                <Card withBorder radius={12} key={job.id}>
                  <Group justify="space-between" align="flex-start" wrap="nowrap">
                    <Text size="sm" component="div">
                      {job.file_name} <JobState job={job} /> <When at={job.created_at} />
                      <JobProgress job={job} />
                    </Text>
                    <JobActs bot={bot} job={job} />
                  </Group>
                </Card>
              ))}
          </Stack>
        )}
      </Loaded>
    </Stack>
  );
}

export function Segment() {
  const { t } = useTranslation();
  const number = useNumber();
  const may = useMay();
  const { bot, segment } = route.useParams();
  const found = useQuery({
    queryKey: ["showSegment", bot, segment],
    queryFn: () =>
      got(api.GET("/api/v1/bots/{bot}/segments/{segment}", { params: { path: { bot, segment } } })),
  });
  return (
    <>
      <PageLink to="/b/$bot/segments" params={{ bot }}>
        {t("segment.back")}
      </PageLink>
      <Loaded of={found}>
        {(one) => (
          <>
            <div className="page-head">
              <Title order={1}>{one.name}</Title>
            </div>
            <Stack gap="xs" mb="md">
              {one.purpose && <Text size="sm">{one.purpose}</Text>}
              {one.filter && (
                <Text size="sm" ff="monospace">
                  {one.filter}
                </Text>
              )}
              <Text size="sm" c="dimmed">
                {(["members", "allowed", "reachable"] as const)
                  .map((kind) => `${t(`counts.${kind}`)} ${number(one[kind])}`)
                  .join(" · ")}
              </Text>
              {one.made_by === "flow" && <Text size="sm">{t("segment.isFlow")}</Text>}
              {one.kind === "filter" && <Text size="sm">{t("segment.isFilter")}</Text>}
            </Stack>
            <Tabs defaultValue="members" keepMounted={false}>
              <Tabs.List mb="md">
                <Tabs.Tab value="members">{t("segment.members")}</Tabs.Tab>
                {may("ops") && one.kind !== "filter" && (
                  <>
                    <Tabs.Tab value="add">{t("segment.add")}</Tabs.Tab>
                    <Tabs.Tab value="upload">{t("segment.upload")}</Tabs.Tab>
                  </>
                )}
              </Tabs.List>
              <Tabs.Panel value="members">
                <Members bot={bot} segment={segment} />
              </Tabs.Panel>
              <Tabs.Panel value="add">
                <AddUsers bot={bot} segment={segment} />
              </Tabs.Panel>
              <Tabs.Panel value="upload">
                <Upload bot={bot} segment={segment} />
              </Tabs.Panel>
            </Tabs>
          </>
        )}
      </Loaded>
    </>
  );
}
