// The explorer: GraphiQL with the examples as its tabs, and what is asked in the address.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";
import { jsx } from "react/jsx-runtime";
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

const ask = createGraphiQLFetcher({ url: `${root}/graphql`, wsClient: { ...client, subscribe } });

createRoot(page).render(
  jsx(GraphiQL, {
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
    children: jsx(GraphiQL.Logo, { children: jsx("a", { href: `${root}/`, children: "Home" }) }),
  }),
);
