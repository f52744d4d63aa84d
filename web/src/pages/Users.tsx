import { Button, Group, Modal, MultiSelect, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, got, onceKey, type Schemas } from "../api/client";
import { Problem } from "../api/problems";
import { Confirm } from "../parts/Confirm";
import { useMe, type Role } from "../parts/me";
import { Secret } from "../parts/Secret";
import { Loaded, ProblemAlert } from "../parts/States";
import { exact, When } from "../parts/When";

type User = Schemas["UserView"];
const ROLES: readonly Role[] = ["viewer", "ops", "builder", "admin"];

function useRoles() {
  const { t } = useTranslation();
  return ROLES.map((role) => ({ value: role, label: t(`roles.${role}`) }));
}

function NewUser({ onMade, onClose }: { onMade: (email: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const roles = useRoles();
  const bots = useMe()?.bots ?? [];
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("ops");
  const [chosen, setChosen] = useState<string[]>([]);
  const create = useMutation({
    mutationFn: () =>
      got(
        api.POST("/api/v1/users", {
          params: { header: onceKey() },
          body: { email, name, role, bots: chosen },
        }),
      ),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ["listUsers"] });
      onMade(made.email);
    },
  });
  const problem = create.error instanceof Problem ? create.error : null;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("users.new")}
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
            label={t("users.email")}
            type="email"
            required
            withAsterisk={false}
            data-autofocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={problem?.of("email")}
          />
          <TextInput
            label={t("users.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Select
            label={t("users.role")}
            data={roles}
            value={role}
            allowDeselect={false}
            onChange={(value) => value && setRole(value as Role)}
          />
          <MultiSelect
            label={t("users.bots")}
            placeholder={chosen.length ? "" : t("users.all")}
            data={bots}
            value={chosen}
            onChange={setChosen}
          />
          {create.isError && <ProblemAlert error={create.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("states.cancel")}
            </Button>
            <Button type="submit" loading={create.isPending}>
              {t("users.create")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function NewLink({ email, onClose }: { email: string; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const link = useQuery({
    queryKey: ["linkUser", email],
    gcTime: 0,
    staleTime: Infinity,
    queryFn: () => got(api.POST("/api/v1/users/{email}/link", { params: { path: { email } } })),
  });
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      title={t("users.linkTitle", { name: email })}
      closeButtonProps={{ "aria-label": t("states.close") }}
    >
      <Loaded of={link}>
        {({ secret, until }) => (
          <Stack>
            <Text size="sm">{t("users.linkText", { when: exact(until, i18n.language) })}</Text>
            <Secret text={`${window.location.origin}/#once=${secret}`} />
          </Stack>
        )}
      </Loaded>
    </Modal>
  );
}

export function Users() {
  const { t } = useTranslation();
  const roles = useRoles();
  const me = useMe();
  const queries = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [linking, setLinking] = useState("");
  const [erasing, setErasing] = useState<User | null>(null);
  const users = useQuery({ queryKey: ["listUsers"], queryFn: () => got(api.GET("/api/v1/users")) });
  const again = { onSettled: () => queries.invalidateQueries({ queryKey: ["listUsers"] }) };
  const change = useMutation({
    mutationFn: ({ user, body }: { user: User; body: Schemas["UserChange"] }) => {
      const params = { path: { email: user.email }, header: { "If-Match": `"${user.version}"` } };
      return api.PATCH("/api/v1/users/{email}", { params, body });
    },
    ...again,
  });
  const erase = useMutation({
    mutationFn: (user: User) =>
      api.DELETE("/api/v1/users/{email}", { params: { path: { email: user.email } } }),
    onSuccess: () => setErasing(null),
    ...again,
  });
  return (
    <>
      <div className="page-head">
        <Title order={1}>{t("users.title")}</Title>
        <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setCreating(true)}>
          {t("users.new")}
        </Button>
      </div>
      {change.isError && <ProblemAlert error={change.error} />}
      <Loaded of={users}>
        {({ users: all }) => (
          <div className="wide">
            <table className="list cards">
              <thead>
                <tr>
                  <th>{t("users.email")}</th>
                  <th>{t("users.name")}</th>
                  <th>{t("users.role")}</th>
                  <th>{t("users.bots")}</th>
                  <th>{t("users.seen")}</th>
                  <th>{t("users.state")}</th>
                  <th aria-label={t("states.more")} />
                </tr>
              </thead>
              <tbody>
                {all.map((user) => (
                  <tr key={user.email}>
                    <td data-title={t("users.email")}>{user.email}</td>
                    <td data-title={t("users.name")}>{user.name}</td>
                    <td data-title={t("users.role")}>
                      {user.email === me?.email ? (
                        t(`roles.${user.role}`)
                      ) : (
                        <Select
                          aria-label={`${t("users.role")} ${user.email}`}
                          size="xs"
                          w={150}
                          data={roles}
                          value={user.role}
                          allowDeselect={false}
                          onChange={(role) => role && change.mutate({ user, body: { role: role as Role } })}
                        />
                      )}
                    </td>
                    <td data-title={t("users.bots")}>{user.bots.join(", ") || t("users.all")}</td>
                    <td data-title={t("users.seen")}>
                      <When at={user.seen_at} never={t("users.never")} />
                    </td>
                    <td data-title={t("users.state")}>
                      {user.disabled_at ? (
                        <span className="chip" data-tone="danger">
                          {t("users.disabled")}
                        </span>
                      ) : (
                        t("states.none")
                      )}
                    </td>
                    <td>
                      <Group gap="xs" justify="flex-end">
                        <Button size="xs" variant="default" onClick={() => setLinking(user.email)}>
                          {t("users.link")}
                        </Button>
                        {user.email !== me?.email && (
                          <>
                            <Button
                              size="xs"
                              variant="default"
                              onClick={() =>
                                change.mutate({ user, body: { is_disabled: !user.disabled_at } })
                              }
                            >
                              {t(user.disabled_at ? "users.enable" : "users.disable")}
                            </Button>
                            <Button size="xs" variant="default" onClick={() => setErasing(user)}>
                              {t("users.erase")}
                            </Button>
                          </>
                        )}
                      </Group>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      {creating && (
        <NewUser
          onClose={() => setCreating(false)}
          onMade={(email) => {
            setCreating(false);
            setLinking(email);
          }}
        />
      )}
      {linking && <NewLink email={linking} onClose={() => setLinking("")} />}
      {erasing && (
        <Confirm
          title={`${t("users.erase")}: ${erasing.email}`}
          act={t("users.erase")}
          busy={erase.isPending}
          onAct={() => erase.mutate(erasing)}
          onClose={() => setErasing(null)}
        >
          {t("users.eraseText")}
          {erase.isError && <ProblemAlert error={erase.error} />}
        </Confirm>
      )}
    </>
  );
}
