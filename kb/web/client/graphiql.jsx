// The explorer: GraphiQL with the examples as its tabs, and what is asked in the address.
import { ToolbarButton, useGraphiQL } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { useState } from "react";
import { createRoot } from "react-dom/client";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";
import "graphiql/style.css";
// GraphiQL would load its editor once it stands, and do nothing for whoever presses a button before.
import "monaco-graphql/esm/lite.js";
import "monaco-graphql/esm/monaco-editor.js";

// The path that all addresses of the service begin with.
const { root } = document.documentElement.dataset;

const page = document.getElementById("graphiql");
const { editor, ...workers } = JSON.parse(page.dataset.workers);

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(workers[label] ?? editor, { type: "module" }),
};

const examples = JSON.parse(document.getElementById("examples").textContent);
const asked = new URLSearchParams(location.search);
const query = asked.get("query") ?? undefined;
const variables = asked.get("variables") ?? undefined;

/** The address that asks what the editors hold, for whoever it is sent to. */
function share(change) {
  const now = new URLSearchParams(location.search);
  for (const [name, text] of Object.entries(change)) {
    if (text?.trim()) now.set(name, text);
    else now.delete(name);
  }
  history.replaceState(null, "", `${location.pathname}?${now}`);
}

const socket = new URL(`${root}/graphql`, location.href);
socket.protocol = socket.protocol.replace("http", "ws");

// What the editor of headers holds: browsers send none with a WebSocket, so its first message does.
let headers = {};
const client = createClient({
  url: socket.href,
  lazy: true,
  connectionParams: () => headers,
  // A token that does not hold is told at once: the next attempt would send the same one.
  shouldRetry: ({ code }) => code > 0 && code !== 4403,
});

/** A quarter of a second's newest result: to draw each of thousands would stop the page. */
function subscribe(request, sink) {
  let newest, due;
  const show = () => {
    if (due) sink.next(newest);
    due = clearTimeout(due);
  };
  return client.subscribe(request, {
    next: (result) => {
      newest = result;
      due ??= setTimeout(show, 250);
    },
    error: (error) => (show(), sink.error(error)),
    complete: () => (show(), sink.complete()),
  });
}

// What was answered last of each query, as it was sent, with its revision.
const answered = new Map();

async function fetchNoting(url, init) {
  const response = await fetch(url, init);
  const revision = response.headers.get("X-KB-Revision");
  const request = JSON.parse(init.body);
  if (revision) answered.set(request.query, { ...request, revision });
  return response;
}

/** Leads to the page of the answer's permanent link; what is wrong, if there is none. */
async function cite(query) {
  const request = answered.get(query);
  if (!request) return "Execute the query first: what is cited is its answer.";
  const response = await fetch(`${root}/answers`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(request),
  });
  const { id, errors } = await response.json();
  if (id) location.assign(`${root}/answers/${id}`);
  return errors?.[0].message ?? "";
}

const QUOTES =
  "M1 8c0-3 2-5 4.5-5.5l.5 1Q4 4.5 3.6 6.3H6V11H1zm7 0c0-3 2-5 4.5-5.5l.5 1q-2 1-2.4 2.8H13V11H8z";

function CiteButton({ tell }) {
  const editor = useGraphiQL((state) => state.queryEditor);
  return jsx(ToolbarButton, {
    label: "Cite this answer",
    onClick: async () => tell(await cite(editor?.getValue())),
    children: jsx("svg", {
      className: "graphiql-toolbar-icon",
      viewBox: "0 0 14 14",
      "aria-hidden": "true",
      children: jsx("path", { fill: "currentColor", d: QUOTES }),
    }),
  });
}

const ask = createGraphiQLFetcher({
  url: `${root}/graphql`,
  wsClient: { ...client, subscribe },
  fetch: fetchNoting,
});

// The same whatever is told: others would have GraphiQL begin anew.
const settings = {
  fetcher: (request, options) => {
    headers = options?.headers ?? {};
    return ask(request, options);
  },
  // For who comes first: others find their own tabs, and what is asked in one more.
  defaultTabs: query ? [{ query, variables }, ...examples] : examples,
  initialQuery: query,
  initialVariables: variables,
  onEditQuery: (query) => share({ query }),
  onEditVariables: (variables) => share({ variables }),
  onTabChange: ({ tabs, activeTabIndex }) => {
    const { query, variables } = tabs[activeTabIndex];
    share({ query: query ?? "", variables: variables ?? "" });
  },
};

function Explorer() {
  const [told, tell] = useState("");
  const cites = "cites" in page.dataset && jsx(CiteButton, { tell }, "cite");
  const tools = ({ prettify, merge, copy }) =>
    jsxs(Fragment, { children: [prettify, merge, copy, cites] });
  return jsxs(GraphiQL, {
    ...settings,
    children: [
      jsx(GraphiQL.Logo, { children: jsx("a", { href: `${root}/`, children: "Home" }) }, "logo"),
      jsx(GraphiQL.Toolbar, { children: tools }, "tools"),
      told ? jsx(GraphiQL.Footer, { children: jsx("p", { role: "alert", children: told }) }, "told") : null,
    ],
  });
}

createRoot(page).render(jsx(Explorer, {}));
