// What a Relay page needs of a schema: ids, a refetchable fragment, a connection with cursors.
import { graphql } from "relay-runtime";

export const statePage = graphql`
  query StatePageQuery($code: String!) {
    state(code: $code) {
      name
      ...StatePage_memberships
    }
  }
`;

export const memberships = graphql`
  fragment StatePage_memberships on State
  @refetchable(queryName: "StatePageMembershipsQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" }) {
    memberships(first: $count, after: $cursor) @connection(key: "StatePage_memberships") {
      edges {
        node {
          organisation { name }
          period { text }
          ...StatePage_sources
        }
      }
    }
  }
`;

export const sources = graphql`
  fragment StatePage_sources on Sourced {
    citations(first: 3) {
      nodes { claim article { headline } }
    }
  }
`;
