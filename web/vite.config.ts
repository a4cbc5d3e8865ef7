// How the web app is built, served while it is written, and tested.

import tailwind from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Where `opbx serve` listens while Vite stands in front of it. */
const SERVER = process.env["OPBX_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwind()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: { target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  server: {
    strictPort: true,
    proxy: {
      "/api": { target: SERVER },
      "/app": { target: SERVER, ws: true },
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./tests/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
    // Needs a server, which the tier `contract` starts.
    exclude: process.env["OPBX_CONTRACT_URL"] ? [] : ["tests/client.test.ts"],
  },
});
