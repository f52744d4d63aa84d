import { Text } from "@mantine/core";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Navigate,
} from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Frame } from "./parts/Frame";
import { useMe } from "./parts/me";
import { Empty, ProblemAlert } from "./parts/States";

function NotFound() {
  const { t } = useTranslation();
  return <Text>{t("states.notFound")}</Text>;
}

function First() {
  const { t } = useTranslation();
  const bot = useMe()?.bots[0];
  if (bot) return <Navigate to="/b/$bot" params={{ bot }} />;
  return <Empty>{t("home.firstSteps")}</Empty>;
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound });
const first = createRoute({ getParentRoute: () => root, path: "/", component: First });
const home = createRoute({
  getParentRoute: () => root,
  path: "/b/$bot",
  component: lazyRouteComponent(() => import("./pages/Home"), "Home"),
});
const segments = createRoute({
  getParentRoute: () => root,
  path: "/b/$bot/segments",
  validateSearch: (search): { q?: string } =>
    typeof search.q === "string" && search.q ? { q: search.q } : {},
  component: lazyRouteComponent(() => import("./pages/Segments"), "Segments"),
});
const segment = createRoute({
  getParentRoute: () => root,
  path: "/b/$bot/segments/$segment",
  component: lazyRouteComponent(() => import("./pages/Segment"), "Segment"),
});
const contacts = createRoute({
  getParentRoute: () => root,
  path: "/b/$bot/contacts",
  validateSearch: (search): { filter?: string; open?: string } => ({
    ...(typeof search.filter === "string" && search.filter && { filter: search.filter }),
    ...(typeof search.open === "string" && search.open && { open: search.open }),
  }),
  component: lazyRouteComponent(() => import("./pages/Contacts"), "Contacts"),
});
const jobs = createRoute({
  getParentRoute: () => root,
  path: "/b/$bot/jobs",
  component: lazyRouteComponent(() => import("./pages/Jobs"), "Jobs"),
});
const users = createRoute({
  getParentRoute: () => root,
  path: "/admin/users",
  component: lazyRouteComponent(() => import("./pages/Users"), "Users"),
});
const tokens = createRoute({
  getParentRoute: () => root,
  path: "/admin/tokens",
  component: lazyRouteComponent(() => import("./pages/Tokens"), "Tokens"),
});
const account = createRoute({
  getParentRoute: () => root,
  path: "/me",
  component: lazyRouteComponent(() => import("./pages/Account"), "Account"),
});

export const router = createRouter({
  routeTree: root.addChildren([first, home, segments, segment, contacts, jobs, users, tokens, account]),
  defaultPreload: "intent",
  defaultErrorComponent: ({ error }) => <ProblemAlert error={error} />,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
