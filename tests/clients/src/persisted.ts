// Apollo's automatic persisted queries: what two clients send, and how each is answered.
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const QUERY = gql`query Persisted($code: String!) { state(code: $code) { name } }`;

async function ask(useGETForHashedQueries: boolean) {
  const sent: string[] = [];
  const watched: typeof fetch = (url, options) => {
    const what = `${String(url)} ${String(options?.body ?? "")}`;
    const parts = ["query", "persistedQuery"].filter((part) => what.includes(part));
    sent.push([options?.method, ...parts].join(" "));
    return fetch(url, options);
  };
  const hash = new PersistedQueryLink({
    sha256: (text: string) => createHash("sha256").update(text).digest("hex"),
    useGETForHashedQueries,
  });
  const http = new HttpLink({ uri: `${process.env["ADDRESS"]}/graphql`, fetch: watched });
  const client = new ApolloClient({
    link: ApolloLink.from([hash, http]),
    cache: new InMemoryCache(),
  });
  const { data, error } = await client.query<{ state: { name: string } }>({
    query: QUERY,
    variables: { code: "UZ" },
    errorPolicy: "all",
  });
  return { sent, name: data?.state.name, error: error?.message };
}

console.log(JSON.stringify([await ask(false), await ask(true)]));
