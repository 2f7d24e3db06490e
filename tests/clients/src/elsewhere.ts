// A page of another origin: a record asked for by three clients, the feed by two, and a table as CSV.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { createClient as createEvents } from "graphql-sse";
import { createClient as createSocket } from "graphql-ws";
import { graphql } from "./gql/index.js";

const NAME = graphql(`query NameElsewhere { state(code: "UZ") { name } }`);
const FEED = { query: "subscription { changes { revision } }" };

async function first<Result>(results: AsyncIterable<Result>): Promise<Result | null> {
  for await (const result of results) return result;
  return null;
}

async function byApollo(address: string, headers: Record<string, string>) {
  const link = new HttpLink({ uri: `${address}/graphql`, headers });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return (await client.query({ query: NAME })).data?.state?.name;
}

async function byUrql(address: string, preferGetMethod: boolean) {
  const url = `${address}/graphql`;
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod });
  const { data, error } = await client.query(NAME, {});
  if (error) throw error;
  return data?.state?.name;
}

const ways: Record<string, (address: string, token: string) => Promise<unknown>> = {
  apollo: (address) => byApollo(address, {}),
  "with a token": (address, token) => byApollo(address, { Authorization: `Bearer ${token}` }),
  urql: (address) => byUrql(address, false),
  "urql by GET": (address) => byUrql(address, true),
  "graphql-ws": (address) =>
    first(createSocket({ url: `${address.replace("http", "ws")}/graphql` }).iterate(FEED)),
  "graphql-ws with a token": (address, token) => {
    const connectionParams = { Authorization: `Bearer ${token}` };
    const url = `${address.replace("http", "ws")}/graphql`;
    const client = createSocket({ url, connectionParams, retryAttempts: 0 });
    return first(client.iterate({ query: "{ textShown }" }));
  },
  "graphql-sse": (address) =>
    first(createEvents({ url: `${address}/graphql`, retryAttempts: 0 }).iterate(FEED)),
  csv: async (address) => (await fetch(`${address}/export/states.csv`)).text(),
};

// What a way gives, or null where the browser keeps it from the page.
Object.assign(window, {
  ask: (way: string, address: string, token: string) =>
    ways[way]?.(address, token).catch(() => null),
});
