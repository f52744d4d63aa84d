import { Button, Group, Modal, Stack, Textarea, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got, onceKey, type Schemas } from "../api/client";
import { Problem } from "../api/problems";
import { Confirm } from "../parts/Confirm";
import { JobActs, JobProgress, JobState, type Job } from "../parts/Job";
import { useMay } from "../parts/me";
import { useJobs, segmentsOf } from "../parts/queries";
import { PageLink } from "../parts/PageLink";
import { Empty, Loaded, ProblemAlert } from "../parts/States";
import { useNumber } from "../parts/When";

const route = getRouteApi("/b/$bot/segments");
type Segment = Schemas["SegmentView"];

export function NewSegment({ bot, filter, onClose }: { bot: string; filter?: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [purpose, setPurpose] = useState("");
  const [text, setText] = useState(filter ?? "");
  const [key] = useState(onceKey);
  const create = useMutation({
    mutationFn: () =>
      got(
        api.POST("/api/v1/bots/{bot}/segments", {
          params: { path: { bot }, header: key },
          body: { name, purpose, filter: text.trim() || null },
        }),
      ),
    onSuccess: (made) => {
      notifications.show({ message: t("segments.created", { name: made.name }) });
      void queries.invalidateQueries({ queryKey: ["listSegments", bot] });
      onClose();
    },
  });
  const problem = create.error instanceof Problem ? create.error : null;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("segments.new")}
      closeButtonProps={{ "aria-label": t("states.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={t("segments.name")}
            description={t("segments.nameHelp")}
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem?.of("name")}
          />
          <Textarea
            label={t("segments.purpose")}
            description={t("segments.purposeHelp")}
            autosize
            value={purpose}
            onChange={(event) => setPurpose(event.currentTarget.value)}
            error={problem?.of("purpose")}
          />
          <Textarea
            label={t("segments.filter")}
            description={t("segments.filterHelp")}
            autosize
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={problem?.of("filter")}
          />
          {create.isError && <ProblemAlert error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("states.cancel")}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t("states.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function DeleteSegment({ bot, segment, onClose }: { bot: string; segment: Segment; onClose: () => void }) {
  const { t } = useTranslation();
  const number = useNumber();
  const queries = useQueryClient();
  const path = { bot, segment: segment.id };
  const remove = useMutation({
    mutationFn: () => api.DELETE("/api/v1/bots/{bot}/segments/{segment}", { params: { path } }),
    onSuccess: () => {
      notifications.show({ message: t("segments.deleted", { name: segment.name }) });
      void queries.invalidateQueries({ queryKey: ["listSegments", bot] });
      onClose();
    },
  });
  return (
    <Confirm
      title={t("segments.deleteTitle", { name: segment.name })}
      act={t("states.delete")}
      busy={remove.isPending}
      onAct={() => remove.mutate()}
      onClose={onClose}
    >
      {t("segments.deleteText", { count: number(segment.members) as never })}
      {remove.isError && <ProblemAlert error={remove.error} />}
    </Confirm>
  );
}

export function Segments() {
  const { t } = useTranslation();
  const number = useNumber();
  const may = useMay();
  const { bot } = route.useParams();
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const segments = useQuery(segmentsOf(bot));
  const jobs = useJobs(bot);
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<Segment | null>(null);
  const lastOf = (id: string): Job | undefined =>
    jobs.data?.jobs
      .filter((job) => job.segment === id && job.kind === "import_members")
      .sort((a, b) => b.created_at.localeCompare(a.created_at))[0];
  return (
    <>
      <div className="page-head">
        <Title order={1}>{t("segments.title")}</Title>
        <TextInput
          type="search"
          aria-label={t("segments.search")}
          placeholder={t("segments.search")}
          value={q}
          onChange={(event) =>
            void navigate({
              search: event.currentTarget.value ? { q: event.currentTarget.value } : {},
              replace: true,
            })
          }
        />
        {may("ops") && (
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
            {t("segments.new")}
          </Button>
        )}
      </div>
      <Loaded of={segments}>
        {({ segments: all }) => {
          const wanted = q.toLocaleLowerCase();
          const shown = all.filter((one) => `${one.name} ${one.id}`.toLocaleLowerCase().includes(wanted));
          if (!all.length) return <Empty>{t("segments.empty")}</Empty>;
          if (!shown.length)
            return (
              <Empty
                action={
                  <Button variant="default" onClick={() => void navigate({ search: {} })}>
                    {t("segments.clear")}
                  </Button>
                }
              >
                {t("segments.noMatch")}
              </Empty>
            );
          return (
            <div className="wide">
              <table className="list cards">
                <thead>
                  <tr>
                    <th>{t("segments.name")}</th>
                    <th>{t("segments.kind")}</th>
                    <th>{t("segments.purpose")}</th>
                    <th className="number">{t("counts.members")}</th>
                    <th className="number">{t("counts.allowed")}</th>
                    <th className="number">{t("counts.reachable")}</th>
                    <th>{t("segments.status")}</th>
                    <th aria-label={t("states.more")} />
                  </tr>
                </thead>
                <tbody>
                  {shown.map((one) => {
                    const job = lastOf(one.id);
                    return (
                      <tr key={one.id}>
                        <td data-title={t("segments.name")}>
                          <PageLink to="/b/$bot/segments/$segment" params={{ bot, segment: one.id }}>
                            {one.name}
                          </PageLink>
                        </td>
                        <td data-title={t("segments.kind")}>
                          <span className="chip">
                            {one.made_by === "flow"
                              ? t("segments.flow")
                              : t(one.kind === "filter" ? "segments.byFilter" : "segments.manual")}
                          </span>
                        </td>
                        <td data-title={t("segments.purpose")}>{one.purpose || t("states.none")}</td>
                        <td className="number" data-title={t("counts.members")}>
                          {number(one.members)}
                        </td>
                        <td className="number" data-title={t("counts.allowed")}>
                          {number(one.allowed)}
                        </td>
                        <td className="number" data-title={t("counts.reachable")}>
                          {number(one.reachable)}
                        </td>
                        <td data-title={t("segments.status")}>
                          {job ? (
                            <div>
                              <JobState job={job} />
                              <JobProgress job={job} />
                            </div>
                          ) : (
                            t("states.none")
                          )}
                        </td>
                        <td>
                          <Group gap="xs" justify="flex-end">
                            {job && <JobActs bot={bot} job={job} />}
                            {may("ops") && one.made_by !== "flow" && (
                              <Button size="xs" variant="default" onClick={() => setDeleting(one)}>
                                {t("states.delete")}
                              </Button>
                            )}
                          </Group>
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </div>
          );
        }}
      </Loaded>
      {creating && <NewSegment bot={bot} onClose={() => setCreating(false)} />}
      {deleting && <DeleteSegment bot={bot} segment={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}
