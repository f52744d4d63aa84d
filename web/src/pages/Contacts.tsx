import { Button, Group, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got } from "../api/client";
import { Problem } from "../api/problems";
import { useMay, useMe } from "../parts/me";
import { countOf } from "../parts/queries";
import { PageLink } from "../parts/PageLink";
import { Empty, Loaded } from "../parts/States";
import { useNumber, When } from "../parts/When";
import { Contact } from "./Contact";
import { NewSegment } from "./Segments";

const route = getRouteApi("/b/$bot/contacts");

function Filter({ bot, filter }: { bot: string; filter: string }) {
  const { t } = useTranslation();
  const number = useNumber();
  const may = useMay();
  const navigate = route.useNavigate();
  const [text, setText] = useState(filter);
  const [saving, setSaving] = useState(false);
  useEffect(() => setText(filter), [filter]);
  const [settled] = useDebouncedValue(text.trim(), 250);
  const count = useQuery({
    ...countOf(bot, settled),
    enabled: settled !== "",
    placeholderData: keepPreviousData,
  });
  const problem = settled && count.error instanceof Problem ? count.error : null;
  const told = settled !== "" && !problem ? count.data : undefined;
  const show = (wanted: string) => void navigate({ search: wanted ? { filter: wanted } : {} });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        show(text.trim());
      }}
    >
      <Group align="flex-end" mb="xs">
        <TextInput
          label={t("contacts.filter")}
          description={t("contacts.filterHelp")}
          type="search"
          style={{ flex: "1 1 320px" }}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={problem && (problem.of("filter") ?? problem.body?.detail)}
        />
        <Button type="submit">{t("contacts.apply")}</Button>
        {filter && (
          <Button variant="default" onClick={() => show("")}>
            {t("contacts.clear")}
          </Button>
        )}
        {may("ops") && told && (
          <Button variant="default" onClick={() => setSaving(true)}>
            {t("contacts.save")}
          </Button>
        )}
      </Group>
      <Text size="sm" role="status" mih={20} c={count.isFetching ? "dimmed" : undefined}>
        {told &&
          t("contacts.meet", {
            members: number(told.members),
            allowed: number(told.allowed),
            reachable: number(told.reachable),
            sequence: number(told.sequence),
          })}
      </Text>
      {told?.warnings?.map((warning) => (
        <Text size="sm" c="var(--warning)" key={warning}>
          {warning}
        </Text>
      ))}
      {saving && <NewSegment bot={bot} filter={settled} onClose={() => setSaving(false)} />}
    </form>
  );
}

export function Contacts() {
  const { t } = useTranslation();
  const { bot } = route.useParams();
  const { filter = "", open } = route.useSearch();
  const navigate = route.useNavigate();
  const masked = useMe()?.is_masked ?? true;
  const hidden = masked ? t("contacts.masked") : t("states.none");
  const contacts = useInfiniteQuery({
    queryKey: ["listContacts", bot, filter],
    initialPageParam: "",
    queryFn: ({ pageParam: cursor }) =>
      got(
        api.GET("/api/v1/bots/{bot}/contacts", {
          params: { path: { bot }, query: { limit: 100, cursor, ...(filter && { filter }) } },
        }),
      ),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <>
      <div className="page-head">
        <Title order={1}>{t("contacts.title")}</Title>
      </div>
      <Filter bot={bot} filter={filter} />
      <Loaded of={contacts}>
        {({ pages }) => {
          const people = pages.flatMap((one) => one.contacts);
          if (!people.length) return <Empty>{t(filter ? "contacts.noMatch" : "contacts.empty")}</Empty>;
          return (
            <div className="wide">
              <table className="list cards">
                <thead>
                  <tr>
                    <th>{t("contacts.name")}</th>
                    <th>{t("contacts.email")}</th>
                    <th>{t("contacts.channel")}</th>
                    <th>{t("contacts.language")}</th>
                    <th>{t("contacts.tags")}</th>
                    <th>{t("contacts.lastSeen")}</th>
                  </tr>
                </thead>
                <tbody>
                  {people.map((one) => (
                    <tr key={one.id}>
                      <td data-title={t("contacts.name")}>
                        <PageLink
                          to="/b/$bot/contacts"
                          params={{ bot }}
                          search={{ ...(filter && { filter }), open: one.id }}
                        >
                          {one.name || (masked ? t("contacts.masked") : one.id)}
                        </PageLink>
                      </td>
                      <td data-title={t("contacts.email")}>{one.email || hidden}</td>
                      <td data-title={t("contacts.channel")}>
                        {[...new Set(one.accounts.map((each) => each.channel))].join(", ") ||
                          t("states.none")}
                      </td>
                      <td data-title={t("contacts.language")}>{one.language || t("states.none")}</td>
                      <td data-title={t("contacts.tags")}>
                        {one.tags.length
                          ? one.tags.map((tag) => (
                              <span className="chip" key={tag}>
                                {tag}
                              </span>
                            ))
                          : t("states.none")}
                      </td>
                      <td data-title={t("contacts.lastSeen")}>
                        <When at={one.last_seen} never={t("when.never")} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {contacts.hasNextPage && (
                <Button
                  mt="md"
                  variant="default"
                  loading={contacts.isFetchingNextPage}
                  onClick={() => void contacts.fetchNextPage()}
                >
                  {t("states.more")}
                </Button>
              )}
            </div>
          );
        }}
      </Loaded>
      {open && (
        <Contact
          bot={bot}
          contact={open}
          onClose={() => void navigate({ search: filter ? { filter } : {}, replace: true })}
        />
      )}
    </>
  );
}
