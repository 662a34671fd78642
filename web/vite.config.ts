/// The build: one classic script and one style sheet, so that the page also opens from a file.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** A module script cannot load from a file: address; a deferred classic one can. */
function classicScript(): Plugin {
  return {
    name: "classic-script",
    enforce: "post",
    transformIndexHtml: (html) =>
      html.replace('<script type="module" crossorigin', "<script defer").replace(/ crossorigin/g, ""),
  };
}

const LAB = "http://127.0.0.1:8765";

export default defineConfig({
  base: "./",
  plugins: [svelte(), classicScript()],
  build: {
    outDir: "../src/countermove/lab/page",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false, // a sheet of its own: the page allows no inline styles
    chunkSizeWarningLimit: 900,
    rollupOptions: { output: { format: "iife", inlineDynamicImports: true } },
  },
  server: {
    // `npm run dev` asks a running `countermove lab`, under the name that it answers to.
    proxy: { "/api": { target: LAB, changeOrigin: true, headers: { origin: LAB } } },
  },
  test: { include: ["tests/**/*.test.ts"] },
});
