import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const out = join(import.meta.dirname, "../console/static");

/** Writes a compressed twin of each file: the server sends the one that the browser takes. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  closeBundle() {
    const assets = join(out, "assets");
    for (const name of readdirSync(assets)) {
      if (!/\.(?:js|css|svg)$/.test(name)) continue;
      const content = readFileSync(join(assets, name));
      writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
      writeFileSync(
        join(assets, `${name}.br`),
        brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
      );
    }
  },
};

/** Writes the licences of what the pages are made with beside them. */
const notices: Plugin = {
  name: "notices",
  apply: "build",
  closeBundle() {
    const lock = JSON.parse(readFileSync(join(import.meta.dirname, "package-lock.json"), "utf-8")) as {
      packages: Record<string, { dev?: boolean; version: string; license?: string; optional?: boolean }>;
    };
    const parts = Object.entries(lock.packages)
      .filter(([path, one]) => path.startsWith("node_modules/") && !one.dev && !one.optional)
      .map(([path, one]) => {
        const folder = join(import.meta.dirname, path);
        const name = path.split("node_modules/").at(-1) ?? path;
        const file = readdirSync(folder).find((each) => /^(?:licen[cs]e|copying)/i.test(each));
        const text = file ? readFileSync(join(folder, file), "utf-8").trim() : "";
        return `${name} ${one.version} (${one.license ?? "see its package"})\n\n${text}`.trim();
      });
    const head = "The console's pages contain these packages.";
    writeFileSync(join(out, "NOTICES.txt"), [head, ...parts].join("\n\n----\n\n") + "\n");
  },
};

export default defineConfig({
  plugins: [react(), compressed, notices],
  build: { outDir: out, emptyOutDir: true, modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  server: { proxy: { "/api": "http://127.0.0.1:3980" } },
});
