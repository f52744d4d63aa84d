import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from "@mantine/core";

/** From the tint to what is darker than the accent; the accent of light pages is shade 7, that of dark ones shade 3. */
const teal: MantineColorsTuple = [
  "#e3f3f0",
  "#c4e6e0",
  "#8fd4c8",
  "#4cc9b5",
  "#2aa893",
  "#178f7d",
  "#0f7a6b",
  "#0b6b5f",
  "#09584e",
  "#06453d",
];

export const theme = createTheme({
  primaryColor: "teal",
  primaryShade: { light: 7, dark: 3 },
  colors: { teal },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  defaultRadius: 8,
  cursorType: "pointer",
  respectReducedMotion: true,
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "20px", lineHeight: "28px" }, h2: { fontSize: "16px", lineHeight: "24px" } },
  },
  variantColorResolver: (input) => {
    const resolved = defaultVariantColorsResolver(input);
    if (input.variant === "filled" && (input.color === undefined || input.color === "teal"))
      return {
        ...resolved,
        background: "var(--accent)",
        hover: "var(--accent-hover)",
        color: "var(--on-accent)",
      };
    if (input.color === "danger") {
      const filled = input.variant === "filled";
      return {
        ...resolved,
        background: filled ? "var(--danger)" : "transparent",
        hover: filled ? "var(--danger)" : "var(--danger-tint)",
        color: filled ? "var(--mantine-color-body)" : "var(--danger)",
        border: "1px solid var(--danger)",
      };
    }
    return resolved;
  },
});

/** Colours of our own, each at least 4.5:1 on the page (text) or 3:1 (borders of controls), in both schemes. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#1a2027",
    "--mantine-color-dimmed": "#59636e",
    "--mantine-color-default-border": "#8b949e",
    "--mantine-color-placeholder": "#68727d",
    "--mantine-color-error": "#b42318",
    "--mantine-color-anchor": "#0b6b5f",
    "--surface": "#f6f8fa",
    "--line": "#e3e7eb",
    "--accent": "#0b6b5f",
    "--accent-hover": "#09584e",
    "--accent-tint": "#e3f3f0",
    "--on-accent": "#ffffff",
    "--danger": "#b42318",
    "--danger-tint": "#fdecea",
    "--warning": "#8a5300",
    "--warning-tint": "#fff4db",
    "--good": "#1b6b3a",
    "--good-tint": "#e7f5ec",
  },
  dark: {
    "--mantine-color-body": "#12161b",
    "--mantine-color-text": "#e6eaee",
    "--mantine-color-dimmed": "#9aa5b1",
    "--mantine-color-default": "#1a2027",
    "--mantine-color-default-border": "#6b7682",
    "--mantine-color-placeholder": "#9aa5b1",
    "--mantine-color-error": "#ff8a80",
    "--mantine-color-anchor": "#4cc9b5",
    "--surface": "#1a2027",
    "--line": "#2b333c",
    "--accent": "#4cc9b5",
    "--accent-hover": "#6fd6c6",
    "--accent-tint": "#12352f",
    "--on-accent": "#04231e",
    "--danger": "#ff8a80",
    "--danger-tint": "#3a1917",
    "--warning": "#f2c063",
    "--warning-tint": "#33270d",
    "--good": "#7bd59b",
    "--good-tint": "#12301e",
  },
});
