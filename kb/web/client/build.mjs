// Makes the files that browsers load: scripts, styles, and the workers of GraphiQL's editor.
//
// In: the folder that they go to, as the one argument. Out: files of fixed names in it.
import { build } from "esbuild";

const here = new URL(".", import.meta.url).pathname;

await build({
  absWorkingDir: here,
  entryPoints: {
    site: "site.js",
    style: "style.css",
    graphiql: "graphiql.jsx",
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
  outdir: process.argv[2],
  bundle: true,
  minify: true,
  legalComments: "linked",
  loader: { ".ttf": "file" },
  define: { "process.env.NODE_ENV": '"production"' },
  target: "es2022",
  logLevel: "warning",
});
