// A query typed by the schema, asked with urql: who belonged on a day.
import { Client, fetchExchange } from "@urql/core";
import { graphql } from "./gql/index.js";

const MEMBERS = graphql(`
  query Members($day: Date!) {
    organisation(slug: "csto") {
      members(asOf: $day) {
        state { code }
        certainty
        membership { citations(first: 1) { nodes { article { headline } } } }
      }
    }
  }
`);

const client = new Client({
  url: `${process.env["ADDRESS"]}/graphql`,
  exchanges: [fetchExchange],
  preferGetMethod: false,
});
const { data, error } = await client.query(MEMBERS, { day: "2016-10-14" });
if (error) throw error;
const members = data?.organisation?.members ?? [];
const certain: string[] = members
  .filter(({ certainty }) => certainty === "CERTAIN")
  .map(({ state }) => state.code);
console.log(JSON.stringify(certain));
