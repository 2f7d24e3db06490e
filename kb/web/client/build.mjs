// Makes the explorer: its scripts and styles, its fonts, and the workers of its editor.
//
// In: the path of a list, as the one argument. Out: files beside it that are named by what they hold,
// and in the list, as JSON, those that the page asks for, by the names that it knows.
import { build } from "esbuild";
import { writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";

const here = new URL(".", import.meta.url).pathname;
const list = process.argv[2];

/** Fonts that stand within GraphiQL's styles become files: of the most no letter is ever shown. */
const fonts = {
  name: "fonts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^data:font\// }, ({ path }) => ({
      path: path.slice(-40).replaceAll(/\W/g, "_") + "." + path.match(/\w+(?=[;,])/)[0],
      namespace: "font",
      pluginData: path.slice(path.indexOf(",") + 1),
    }));
    onLoad({ filter: /.*/, namespace: "font" }, ({ pluginData }) => ({
      contents: Buffer.from(pluginData, "base64"),
      loader: "file",
    }));
  },
};

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: {
    graphiql: "graphiql.jsx",
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
  alias: { "monaco-editor/esm/vs/editor/edcore.main.js": "./editor.js" },
  outdir: dirname(list),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "font-[hash]",
  bundle: true,
  // What the page and the workers share is loaded once, and what a button needs once it is pressed.
  splitting: true,
  format: "esm",
  minify: true,
  metafile: true,
  legalComments: "linked",
  loader: { ".ttf": "file" },
  plugins: [fonts],
  define: { "process.env.NODE_ENV": '"production"' },
  target: "es2022",
  logLevel: "warning",
});

const names = {};
for (const [path, { entryPoint, cssBundle }] of Object.entries(metafile.outputs)) {
  const name = basename(path).replace(/-\w{8}(?=\.js$)/, "");
  if (!entryPoint || !/^graphiql\.js$|\.worker\.js$/.test(name)) continue;
  names[name] = basename(path);
  if (cssBundle) names[name.replace(/js$/, "css")] = basename(cssBundle);
}
writeFileSync(list, JSON.stringify(names));
