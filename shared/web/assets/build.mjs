// Bundles the console's scripts and styles into ../static/built, each under the hash of its contents, with a manifest
// and a gzipped copy of each. What an earlier build left stays: a running process may still serve it.
import { build } from "esbuild";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "built");
mkdirSync(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { console: "console.js", style: "console.css", charts: "charts.js" },
  bundle: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["es2020"],
  legalComments: "none",
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: out,
  loader: { ".woff2": "file", ".woff": "file" },
  logLevel: "warning",
});

const manifest = {};
for (const [path, made] of Object.entries(result.metafile.outputs)) {
  const file = join(here, path);
  if (made.entryPoint) {
    const name = made.entryPoint.replace(/\.[^.]+$/, "") + path.match(/\.[^.]+$/)[0];
    manifest[name] = relative(out, file);
  }
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
