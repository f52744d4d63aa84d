import { expect, test } from "vitest";
import en from "./en.json";
import fr from "./fr.json";

function keys(words: object, before = ""): string[] {
  return Object.entries(words).flatMap(([name, value]) =>
    typeof value === "object" ? keys(value as object, `${before}${name}.`) : [before + name],
  );
}

const plain = (names: string[]) => new Set(names.map((name) => name.replace(/_(?:one|many|other)$/, "")));

test("each language has the same texts, none of them empty", () => {
  expect(plain(keys(fr))).toEqual(plain(keys(en)));
  expect(JSON.stringify([en, fr])).not.toContain('""');
});

test("each text names the same values in each language", () => {
  const values = (words: object): string[] =>
    Object.entries(words).flatMap(([name, value]) =>
      typeof value === "object"
        ? values(value as object).map((one) => `${name}.${one}`)
        : [
            `${name.replace(/_(?:one|many|other)$/, "")}: ${(String(value).match(/\{\{\w+\}\}/g) ?? []).toSorted().join(" ")}`,
          ],
    );
  expect(new Set(values(fr))).toEqual(new Set(values(en)));
});
