// Apollo's cache, which must know what an interface may be to read a fragment on it.
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { graphql } from "./gql/index.js";
import possible from "./possibleTypes.js";

const CITED = graphql(`
  query Cited($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
      ... on Sourced { citations(first: 1) { totalCount } }
      ... on Official { name }
    }
  }
`);

const client = new ApolloClient({
  link: new HttpLink({ uri: `${process.env["ADDRESS"]}/graphql`, fetch }),
  cache: new InMemoryCache({ possibleTypes: possible.possibleTypes }),
});
const ids = ["State:UZ", "Official:stanislav-zas"];
await client.query({ query: CITED, variables: { ids } });
const kept = client.readQuery({ query: CITED, variables: { ids } });
console.log(JSON.stringify(kept?.nodes.map((node) => node?.__typename)));
