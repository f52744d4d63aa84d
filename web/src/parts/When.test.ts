import { describe, expect, test } from "vitest";
import { ago } from "./When";

const NOW = Date.parse("2026-12-01T12:00:00Z");

describe("a moment, as people say it", () => {
  test.each([
    ["2026-12-01T11:59:58Z", "2 seconds ago"],
    ["2026-12-01T11:00:00Z", "1 hour ago"],
    ["2026-11-30T12:00:00Z", "yesterday"],
    ["2025-11-01T12:00:00Z", "last year"],
    ["2026-12-01T12:00:00Z", "now"],
    ["2026-12-01T12:30:00Z", "in 30 minutes"],
  ])("%s is %s", (at, told) => {
    expect(ago(at, "en", NOW)).toBe(told);
  });

  test("in the reader's language", () => {
    expect(ago("2026-11-30T12:00:00Z", "fr", NOW)).toBe("hier");
  });
});
